"""What options mean for a whole process."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from nova.cmd.process import settle
from nova.conf import new_config
from nova.errors import ConfigurationFailure


def conf_of(**options: Any) -> Any:
    conf = new_config()
    for name, value in options.items():
        conf.set_override(name, value)
    return conf


@pytest.mark.parametrize(("reports", "down", "then"), [(10, 60, 60), (60, 60, 150), (7, 5, 17)])
def test_nobody_is_down_between_two_reports(reports: int, down: int, then: int) -> None:
    conf = conf_of(report_interval=reports, service_down_time=down)
    settle(conf)
    assert conf.service_down_time == then


def test_files_of_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    usual = tempfile.gettempdir()
    settle(conf_of())
    assert tempfile.gettempdir() == usual
    settle(conf_of(tempdir=str(tmp_path)))
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == tmp_path
    with pytest.raises(ConfigurationFailure, match="tempdir is no directory"):
        settle(conf_of(tempdir=str(tmp_path / "missing")))
