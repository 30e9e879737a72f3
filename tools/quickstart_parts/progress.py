"""Telling the user what happens, and how long it takes."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """Times are seconds since the start of the command."""

    out: TextIO = sys.stdout
    _begin: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        return time.monotonic() - self._begin

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """`[  3.1 s] what ...` at once, and how long it took when it is done."""
        begin = time.monotonic()
        print(f"[{self.elapsed():6.1f} s] {what} ... ", end="", file=self.out, flush=True)
        try:
            yield
        except BaseException:
            print("failed", file=self.out, flush=True)
            raise
        print(f"{time.monotonic() - begin:.1f} s", file=self.out, flush=True)
