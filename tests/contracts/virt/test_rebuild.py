"""Guests with new disks."""

import dataclasses
import subprocess

import pytest

from nova.virt.contract import BlankDisk, PowerState, RootDisk
from nova.virt.contract.errors import CannotSpawn, ImageTooBig, ImageUnavailable
from tests.contracts.virt.subjects import eventually, nic, state, wait_until_up

NOBODY = "00000000-0000-4000-8000-000000000000"
STAGES = ["image", "destroy", "disks", "define", "plug", "run"]


class Killed(BaseException):
    """The process dies: nothing is undone."""


def on(guest, image):
    return dataclasses.replace(guest, root=RootDisk(image, size_gb=1))


def test_from_another_image(subject, spawn):
    guest = spawn(nics=(nic(),), ephemerals=(BlankDisk(1),))
    subject.driver.power.power_off(guest.uuid)
    subject.write(guest, "old")
    stages = []
    saved = subject.driver.rebuild.rebuild(on(guest, subject.rescuer), on_progress=stages.append)
    assert stages == STAGES
    assert saved["image_hw_machine_type"]
    assert state(subject, guest) is PowerState.RUNNING
    assert "old" not in subject.read(guest)
    assert eventually(
        lambda: subject.rescuer_banner in subject.driver.console.output(guest.uuid),
        subject.patience,
    )


def test_what_it_keeps_and_what_not(subject, spawn):
    guest = spawn(ephemerals=(BlankDisk(1),))
    subject.driver.power.power_off(guest.uuid)
    subject.write(guest, "old")
    subject.write(guest, "kept", disk="ephemeral")
    subject.driver.rebuild.rebuild(guest, preserve_ephemeral=True)
    assert "old" not in subject.read(guest)
    assert "kept" in subject.read(guest, disk="ephemeral")
    subject.driver.rebuild.rebuild(guest)
    assert "kept" not in subject.read(guest, disk="ephemeral")


@pytest.mark.parametrize("preserve", [False, True])
def test_one_that_is_lost_is_made(subject, spec, preserve):
    guest = spec()
    subject.driver.rebuild.rebuild(guest, preserve_ephemeral=preserve)
    wait_until_up(subject, guest)


def test_what_can_be_refused_is_refused_before(subject, guest, tmp_path):
    absent = dataclasses.replace(subject.tiny, image_id=NOBODY)
    with pytest.raises(ImageUnavailable):
        subject.driver.rebuild.rebuild(on(guest, absent))
    path = tmp_path / "wide.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "2G"], check=True)
    wide = subject.images.add(path.read_bytes(), disk_format="qcow2")
    with pytest.raises(ImageTooBig):
        subject.driver.rebuild.rebuild(on(guest, wide))
    assert state(subject, guest) is PowerState.RUNNING


@pytest.mark.parametrize("stage", ["destroy", "define", "run"])
def test_a_failure_later_leaves_nothing(subject, spawn, stage):
    def fail(reached):
        if reached == stage:
            raise RuntimeError("the disk is on fire")

    guest = spawn()
    with pytest.raises(CannotSpawn, match="on fire"):
        subject.driver.rebuild.rebuild(guest, on_progress=fail)
    assert subject.leftovers(guest.uuid) == []


@pytest.mark.parametrize("stage", ["image", "disks", "run"])
def test_after_a_death_at_any_stage_it_is_done_again(subject, spawn, stage):
    def die(reached):
        if reached == stage:
            raise Killed

    guest = spawn()
    with pytest.raises(Killed):
        subject.driver.rebuild.rebuild(guest, on_progress=die)
    subject.driver.rebuild.rebuild(guest)
    assert state(subject, guest) is PowerState.RUNNING


@pytest.mark.parametrize("preserve", [False, True])
def test_the_new_guest_has_a_log_of_its_own(subject, spawn, preserve):
    guest = spawn()
    wait_until_up(subject, guest)
    subject.driver.power.power_off(guest.uuid)
    subject.driver.rebuild.rebuild(guest, preserve_ephemeral=preserve)
    wait_until_up(subject, guest)
    assert subject.driver.console.output(guest.uuid).count(subject.banner) == 1
