"""What the gate says of a run of Tempest, and whether it passed."""

from pathlib import Path

import pytest

from tools.gate_parts.tempest import report

PASSED = {"tempest.one": ["passed", ""]}
KNOWN = {r"^tempest\.volumes\.": "volumes are not offered yet"}


def told(found: dict[str, list[str]], path: Path) -> tuple[int, list[str]]:
    code = report(found, KNOWN, path / "report")
    return code, (path / "report").read_text().splitlines()


def test_all_passed(tmp_path: Path) -> None:
    code, lines = told(PASSED, tmp_path)
    assert (code, lines) == (
        0, ["1 passed, 0 failed, 0 skipped; 0 skipped without a known reason"])


def test_a_failure_is_told_by_its_last_line(tmp_path: Path) -> None:
    code, lines = told({**PASSED, "tempest.two": ["failed", "Traceback\n  x\nError: no"]}, tmp_path)
    assert code == 1
    assert lines[0] == "failed   tempest.two: Error: no"


@pytest.mark.parametrize(("name", "code", "why"), [
    ("tempest.volumes.one", 0, "volumes are not offered yet"),
    ("tempest.other", 1, "not enabled"),
])
def test_a_skip_needs_a_reason_that_is_known(
    tmp_path: Path, name: str, code: int, why: str
) -> None:
    found, lines = told({**PASSED, name: ["skipped", "not enabled"]}, tmp_path)
    assert (found, lines[0]) == (code, f"skipped  {name}: {why}")


def test_nothing_that_ran_is_not_well(tmp_path: Path) -> None:
    assert told({}, tmp_path)[0] == 1
