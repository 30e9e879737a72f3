"""Every option is read, or it is written down why not."""

import ast
from pathlib import Path

import pytest

from tools.house import unread
from tools.house.rules import sources
from tools.house.source import Source

ROOT = Path(__file__).parents[3]


def of(text: str, path: str = "nova/api/router.py") -> Source:
    return Source(path, text, ast.parse(text))


def test_every_option_is_accounted_for() -> None:
    """Whoever makes one read takes it off tools/house/unread_options.txt."""
    assert [str(one) for one in unread.complaints(ROOT, sources(ROOT))] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (("quota", "cores"), "x = self.seams.conf.quota.cores"),
        (("quota", "cores"), "own = conf.quota\nx = own.cores"),
        (("quota", "cores"), "x = getattr(conf.quota, 'cores')"),
        (("quota", "cores"), "group = conf['quota']\nx = group.cores"),
        (("DEFAULT", "reboot_timeout"), "x = run.seams.conf.reboot_timeout"),
        (("DEFAULT", "reboot_timeout"), "x = conf['reboot_timeout']"),
    ],
)
def test_what_is_read(name: unread.Name, text: str) -> None:
    assert name not in unread.unread([of(text)])
    assert name in unread.unread([of(text, "nova/conf/quota.py")])
    assert name in unread.unread([])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (("quota", "cores"), "x = flavor.cores"),
        (("quota", "cores"), "x = conf.libvirt.cores"),
        (("quota", "cores"), '"""conf.quota.cores is for somebody else."""'),
        (("DEFAULT", "reboot_timeout"), "x = action.reboot_timeout"),
    ],
)
def test_what_is_not(name: unread.Name, text: str) -> None:
    assert name in unread.unread([of(text)])


def test_groups_that_are_read_under_another_name() -> None:
    read = of("class Options:\n    max_retries: int = 10\n", "nova/db/opening.py")
    assert unread.unread([]) - unread.unread([read]) == {
        ("database", "max_retries"), ("api_database", "max_retries"),
    }


def test_reasons_that_nothing_needs_are_complained_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "reasons.txt"
    told.write_text("# why\nquota cores ram: nobody counts\nlibvirt *: later\n* timeout: never\n")
    monkeypatch.setattr(unread, "REASONS", told)
    assert unread.reasons()["quota", "ram"] == "nobody counts"
    found = [one.text for one in unread.complaints(ROOT, [of("x = conf.quota.cores")])]
    assert "[quota]cores is read by now, or is no option" in found
    assert "[quota]instances is declared and nothing reads it" in found
    assert not [text for text in found if text.startswith(("[libvirt]", "[neutron]timeout"))]
