"""With the eventlet backend the hypervisor's blocking calls hold up nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("green_program.py")
# They ask nobody: the last one who held an object lets it go.
LOCAL = {"virDomainFree"}
ROOT = Path(__file__).parents[3]


def test_others_go_on_while_guests_are_built(daemon, instances):
    pytest.importorskip("eventlet")
    done = subprocess.run(
        [sys.executable, PROGRAM, instances, daemon.uri],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= LOCAL
