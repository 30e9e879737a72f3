"""What the processes of a stack use, as the kernel counts it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.stack.cloud import Stack

_TICK = os.sysconf("SC_CLK_TCK")


def cpu(stack: Stack) -> dict[str, float]:
    """Seconds that each process has computed since it began."""
    return {name: _cpu(pid) for name, pid in _pids(stack)}


def memory(stack: Stack) -> dict[str, float]:
    """MB of each process, with a fair share of what it shares with others (PSS)."""
    return {name: _pss(pid) for name, pid in _pids(stack)}


@contextmanager
def spent(stack: Stack) -> Iterator[dict[str, float]]:
    """Filled, at the end, with the seconds that each process computed meanwhile."""
    before = cpu(stack)
    found: dict[str, float] = {}
    yield found
    found.update({name: now - before.get(name, 0.0) for name, now in cpu(stack).items()})


def ours(by_process: Mapping[str, float]) -> float:
    """The sum without the embedded services, which stand for other projects."""
    return sum(value for name, value in by_process.items() if name != "services")


def _pids(stack: Stack) -> Iterator[tuple[str, int]]:
    for name in stack.names:
        pid = stack.daemon(name).pid()
        if pid is not None:
            yield name, pid


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
