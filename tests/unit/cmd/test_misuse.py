"""Exit codes of commands that were called wrongly."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nova.cmd import manage, policy, status

UNKNOWN = "[DEFAULT]\nno_such_option = 1\n"
MAINS: dict[str, tuple[Callable[[list[str]], int], int, list[str]]] = {
    "nova-manage": (manage.main, 1, ["db", "version"]),
    "nova-policy": (policy.main, 1, ["policy", "check"]),
    # 1 and 2 are findings.
    "nova-status": (status.main, 255, ["upgrade", "check"]),
}


@pytest.mark.parametrize("program", MAINS)
@pytest.mark.parametrize("wrong", [[], ["no-such"], ["<first>"], ["<all>", "--no-such-option"]])
def test_what_is_no_command(
    program: str, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main, code, right = MAINS[program]
    words = {"<first>": right[:1], "<all>": right}
    argv = [word for each in wrong for word in words.get(each, [each])]
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == code
    said = capsys.readouterr()
    assert not said.out and "usage: " in said.err


@pytest.mark.parametrize("program", MAINS)
def test_a_mistake_in_a_file(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main, code, right = MAINS[program]
    (tmp_path / "nova.conf").write_text(UNKNOWN)
    with pytest.raises(SystemExit) as ended:
        main(["--config-file", str(tmp_path / "nova.conf"), *right])
    assert ended.value.code == code
    assert "no_such_option" in capsys.readouterr().err


@pytest.mark.parametrize("program", MAINS)
@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_questions_are_no_misuse(
    program: str, asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        MAINS[program][0]([asked])
    assert ended.value.code == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("arguments", [
    ["cell_v2", "map_instances"], ["cell_v2", "delete_cell", "--force"],
    ["libvirt", "update_machine_type", "one"], ["db", "archive_deleted_rows", "--max_rows", "x"],
])  # fmt: skip
def test_arguments_that_are_missing_or_no_numbers(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        manage.main(arguments)
    assert ended.value.code == 1
