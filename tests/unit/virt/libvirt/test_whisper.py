"""Commands that are told secrets."""

import contextlib
import logging
import os

import pytest

from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.tools import CommandFailed, Tools
from nova.virt.libvirt.whisper import LONGEST, whispered


def handles():
    return set(os.listdir("/proc/self/fd"))


def test_who_is_told_reads_it_and_nobody_else():
    tools = Tools(Threads())
    before = handles()
    with whispered(one="first", two=None, three="third") as told:
        assert list(told.files) == ["one", "three"]
        heard = tools.run("cat", *told.files.values(), handles=told.handles)
        with pytest.raises(HypervisorError):
            tools.run("cat", *told.files.values())
    assert heard == "firstthird"
    assert handles() == before


def test_what_does_not_fit_is_refused_and_nothing_stays_open():
    before = handles()
    with pytest.raises(ValueError), whispered(one="x", two="y" * (LONGEST + 1)):
        pass
    assert handles() == before


class Watched:
    """Runs nothing."""

    def __init__(self):
        self.commands = []

    def run(self, *command, handles=()):
        heard = [os.read(one, 99).decode() for one in handles]
        self.commands.append((" ".join(map(str, command)), heard))


def test_no_command_line_and_no_log_has_a_secret(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    watched = Watched()
    tool = QemuImg(watched, contextlib.nullcontext())
    tool.overlay(tmp_path / "base", "raw", tmp_path / "disk", 1, "SECRET")
    tool.convert("a,b", "luks", "c", "qcow2", read_with="SECRET", lock_with="OTHER")
    tool.convert("a", "vhd", "c", "luks", lock_with="SECRET")
    tool.resize(tmp_path / "disk", "qcow2", 2, "SECRET")
    tool.resize(tmp_path / "disk", "qcow2", 2)
    lines = [line for line, _ in watched.commands]
    assert not any("SECRET" in text or "OTHER" in text for text in (*lines, caplog.text))
    assert [heard for _, heard in watched.commands] == [
        ["SECRET"], ["SECRET", "OTHER"], ["SECRET"], ["SECRET"], []]
    assert "file.filename=a,,b" in lines[1]
    assert lines[2].count("-f vpc") == 1
    assert lines[4].endswith(f"resize -q -f qcow2 {tmp_path}/disk 2")


class Mismeasuring(Watched):
    """Fails as often as it is told to."""

    def __init__(self, times, reason="qemu-img: disk: Unable to get accurate CPU usage"):
        super().__init__()
        self.times, self.reason = times, reason

    def run(self, *command, handles=()):
        super().run(*command, handles=handles)
        if len(self.commands) <= self.times:
            raise CommandFailed(verb="run qemu-img", reason=self.reason, exit_code=1)


def lock(tool, tmp_path):
    tool.overlay(tmp_path / "base", "raw", tmp_path / "disk", 1, "SECRET")


def test_a_measurement_that_fails_is_made_again_and_the_secret_told_again(tmp_path):
    tools = Mismeasuring(3)
    lock(QemuImg(tools, contextlib.nullcontext()), tmp_path)
    assert [heard for _, heard in tools.commands] == [["SECRET"]] * 4


@pytest.mark.parametrize(("tools", "tries"), [
    (Mismeasuring(99), 8), (Mismeasuring(99, "No space left on device"), 1),
])  # fmt: skip
def test_it_is_not_tried_for_ever_and_nothing_else_is_tried_again(tools, tries, tmp_path):
    with pytest.raises(CommandFailed):
        lock(QemuImg(tools, contextlib.nullcontext()), tmp_path)
    assert len(tools.commands) == tries
