"""Secrets for commands, told where nobody else can hear.

A command line can be read by every user of the host, and a file may outlive whoever was
to remove it.  A pipe that only the command inherits is neither.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

# What a pipe takes without anybody reading yet.
LONGEST = 4096


@dataclass(frozen=True)
class Whisper:
    """`handles` are to be inherited by the command; `files` are where it reads, by name."""

    handles: tuple[int, ...]
    files: dict[str, str]


@contextmanager
def whispered(**secrets: str | None) -> Iterator[Whisper]:
    """By their names; None: there is none."""
    with ExitStack() as opened:
        ears = {
            name: _ear(opened, secret) for name, secret in secrets.items() if secret is not None
        }
        files = {name: f"/dev/fd/{handle}" for name, handle in ears.items()}
        yield Whisper(tuple(ears.values()), files)


def _ear(opened: ExitStack, secret: str) -> int:
    told = secret.encode()
    if len(told) > LONGEST:
        raise ValueError("a secret is too long")
    reading, writing = os.pipe()
    opened.callback(os.close, reading)
    try:
        os.write(writing, told)
    finally:
        os.close(writing)
    return reading
