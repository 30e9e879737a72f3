"""A process whose work does not end, ends."""

import signal
import subprocess
import sys

import pytest

STUBBORN = """
import os, sys, threading
from concurrent.futures import ThreadPoolExecutor
from nova.cmd.life import Life

class Stubborn:
    def start(self):
        ThreadPoolExecutor(1).submit(threading.Event().wait)
        print("ready", flush=True)

    def stop(self):
        {stop}

sys.exit(Life("stubborn", Stubborn, lambda: "I am fine", patience={patience}).live())
"""


def started(stop, patience):
    program = STUBBORN.format(stop=stop, patience=patience)
    process = subprocess.Popen([sys.executable, "-c", program], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("stop", ["pass", "threading.Event().wait()"])
def test_what_does_not_end_is_left(stop):
    process = started(stop, patience=0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_it_reports_and_goes_on():
    process = started("pass", patience=0.1)
    process.send_signal(signal.SIGUSR2)
    assert process.stderr.readline() == "I am fine\n"
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


def test_a_second_interrupt_is_an_order():
    process = started("print('stopping', flush=True); threading.Event().wait()", patience=60)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == -signal.SIGINT


def test_without_a_limit_it_ends_in_its_own_time():
    process = started("threading.Event().wait(0.5); print('over', flush=True); os._exit(3)", 0)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "over\n"
    assert process.wait(20) == 3
