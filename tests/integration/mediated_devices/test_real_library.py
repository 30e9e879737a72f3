"""Mediated devices and the real hypervisor, as far as a machine without such hardware shows:
it tells of a described card, is asked to cut it, and takes guests that have a part of it."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import pytest

from nova.virt.contract import FlavorInfo, GuestSpec
from nova.virt.contract.errors import CannotSpawn, HypervisorError
from nova.virt.contract.mdev import ClaimedMdev, MdevParent
from nova.virt.contract.parts import HostPart
from nova.virt.contract.states import PowerState
from tests.contracts.virt.subjects import LibvirtSubject, describe
from tools.daemons.private_libvirt import PrivateLibvirt

from .described_card import REFUSAL, LibvirtWithCard, device

TYPE, OTHER = "nvidia-35", "nvidia-36"
UUID = "4b20d080-1b54-4048-85b3-a6a62d165c02"


@pytest.fixture(scope="module")
def daemon() -> Iterator[LibvirtWithCard]:
    pytest.importorskip("libvirt")
    place = device()
    if reason := PrivateLibvirt.obstacle():
        pytest.skip(reason)
    if place is None:
        pytest.skip("this machine has no PCI devices")
    directory = Path(tempfile.mkdtemp(prefix="nova-libvirtd-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = LibvirtWithCard(directory, place, {TYPE: 4, OTHER: 2})
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


@pytest.fixture(scope="module")
def subject(daemon: LibvirtWithCard) -> Iterator[LibvirtSubject]:
    directory = Path(tempfile.mkdtemp(prefix="nova-mdev-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = LibvirtSubject(directory, daemon.uri)
    made.driver.close()
    made._conf.set_override("enabled_mdev_types", [TYPE], group="devices")
    made.driver = made.reborn()
    yield made
    made.close()


@pytest.fixture
def card(daemon: LibvirtWithCard) -> str:
    return f"pci_{daemon.address.replace(':', '_').replace('.', '_')}"


def guest(subject: LibvirtSubject, card: str) -> GuestSpec:
    flavor = FlavorInfo("vgpu", "43", {"resources:VGPU": "1"})
    return describe(subject.tiny, flavor=flavor, mdevs=(ClaimedMdev(UUID, TYPE, card),))


def test_the_card_is_told_with_what_can_be_cut_from_it(subject: LibvirtSubject, card: str) -> None:
    facts = subject.driver.inventory.facts(subject.driver.inventory.nodes()[0])
    assert facts.mdevs == (MdevParent(card, TYPE, "VGPU", 4),)
    assert HostPart(card, {"VGPU": 4}, most=4, verbatim=True) in facts.parts


def test_the_hypervisor_is_asked_for_just_that_device(
    subject: LibvirtSubject, daemon: LibvirtWithCard, card: str
) -> None:
    wanted = guest(subject, card)
    with pytest.raises(CannotSpawn, match=REFUSAL):
        subject.driver.spawn.spawn(wanted)
    command, asked = daemon.calls.read_text().splitlines()
    words = dict(word.partition("=")[::2] for word in command.split())
    assert words["--parent"] == daemon.address
    assert words["--uuid"] == UUID
    assert json.loads(asked)["mdev_type"] == TYPE
    assert subject.leftovers(wanted.uuid) == []


def test_a_guest_is_taken_with_its_device_and_does_not_run_without(
    subject: LibvirtSubject, card: str
) -> None:
    plain = describe(subject.tiny)
    subject.driver.spawn.spawn(plain)
    subject.driver.power.power_off(plain.uuid)
    wanted = dataclasses.replace(plain, mdevs=(ClaimedMdev(UUID, TYPE, card),))
    with pytest.raises(HypervisorError, match=REFUSAL):
        subject.driver.power.reboot_hard(wanted)
    definition = ET.fromstring(cast(list[str], subject.definition(wanted))[0])
    [passed] = definition.findall("devices/hostdev")
    assert (passed.get("mode"), passed.get("type")) == ("subsystem", "mdev")
    assert passed.get("model") == "vfio-pci"
    [source] = passed.findall("source/address")
    assert source.attrib == {"uuid": UUID}
    assert subject.driver.spawn.guest_state(wanted.uuid) is PowerState.SHUTDOWN
    subject.driver.spawn.destroy(wanted.uuid)


def test_without_its_program_this_process_cuts_the_card(
    subject: LibvirtSubject, daemon: LibvirtWithCard, card: str, tmp_path: Path
) -> None:
    from nova.core.clock import RealClock
    from nova.virt.libvirt.connection import Connection
    from nova.virt.libvirt.mdev.making import MdevMaker
    from nova.virt.libvirt.native import native_of

    kind = tmp_path / daemon.address / "mdev_supported_types" / TYPE
    kind.mkdir(parents=True)
    connection = Connection(daemon.uri, RealClock(), native_of(subject._conf))
    daemon.program.rename(daemon.program.with_suffix(".away"))
    try:
        MdevMaker(connection, tmp_path).ensure([ClaimedMdev(UUID, TYPE, card)])
        with pytest.raises(HypervisorError, match="No such file"):
            MdevMaker(connection).ensure([ClaimedMdev(UUID, TYPE, card)])
    finally:
        daemon.program.with_suffix(".away").rename(daemon.program)
        connection.close()
    assert (kind / "create").read_text() == UUID
