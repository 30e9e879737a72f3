"""A program of several processes: each is replaced when it dies, and all end together."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SCRIPT = """
import os, signal, sys
from nova.cmd.crew import Crew

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def work(number):
    for each in (signal.SIGUSR2, signal.SIGHUP):
        signal.signal(each, lambda *_: say("told", number))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit({code}))
    say("works", number, os.getpid())
    if {broken}:
        return 1
    while True:
        signal.pause()

sys.exit(Crew(2, work).live())
"""


class Running:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def lines(self, count: int) -> list[list[str]]:
        assert self.process.stdout is not None
        return sorted(self.process.stdout.readline().split() for _ in range(count))

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def crew(code: int = 0, *, broken: bool = False) -> Iterator[Running]:
    script = SCRIPT.format(code=code, broken=broken)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def test_all_work_and_end_together() -> None:
    with crew() as running:
        found = running.lines(2)
        assert [line[:2] for line in found] == [["works", "0"], ["works", "1"]]
        assert running.end() == 0
        assert not any(_lives(int(line[2])) for line in found)


def test_who_dies_is_replaced() -> None:
    with crew() as running:
        (_, number, pid), _ = running.lines(2)
        os.kill(int(pid), signal.SIGKILL)
        ((_, again, other),) = running.lines(1)
        assert (again, other != pid) == (number, True)
        assert running.end() == 0


@pytest.mark.parametrize("told", [signal.SIGUSR2, signal.SIGHUP])
def test_signals_reach_all(told: signal.Signals) -> None:
    with crew() as running:
        running.lines(2)
        running.process.send_signal(told)
        assert running.lines(2) == [["told", "0"], ["told", "1"]]


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_end_of_one_that_ends_badly_is_told(code: int) -> None:
    with crew(code) as running:
        running.lines(2)
        assert running.end() == bool(code)


def test_one_that_cannot_start_ends_all() -> None:
    with crew(broken=True) as running:
        assert running.process.wait(20) == 1


def test_none_outlives_a_crew_that_was_killed() -> None:
    with crew() as running:
        running.lines(2)
        running.process.kill()
        assert running.process.stdout is not None
        # It is closed, and this returns, when the last worker has ended.
        assert running.process.stdout.read() == ""


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
