"""How the gate's own checks are run, and what is told of them."""

import io
from pathlib import Path

import pytest

from tools.gate_parts import checks
from tools.gate_parts.checks.need import need, same
from tools.gate_parts.layout import Layout
from tools.quickstart_parts.progress import Progress


def _well(layout: Layout) -> None:
    need(layout.state.is_dir(), "nowhere to be")


def _badly(layout: Layout) -> None:
    same(layout.ports["compute"], None, "the port")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setattr(checks, "CHECKS", {"good": _well, "also good": _well, "bad": _badly})
    return io.StringIO()


@pytest.mark.parametrize(("regex", "code", "counts"), [
    ("", 1, "checks: 2 passed, 1 failed"),
    ("good", 0, "checks: 2 passed, 0 failed"),
    ("nothing", 1, "checks: 0 passed, 0 failed"),
])
def test_one_that_fails_is_told_and_fails_the_run(
    tmp_path: Path, said: io.StringIO, regex: str, code: int, counts: str
) -> None:
    layout = Layout.load(tmp_path / "gate", None)
    assert checks.check(layout, Progress(said), regex) == code
    assert said.getvalue().splitlines()[-1] == counts
    assert ("the port: " in said.getvalue()) == (regex == "")
