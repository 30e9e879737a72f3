"""The machine of a server is what it was at first, whatever the operator makes usual later."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.contracts.virt import tiny_guest
from tests.contracts.virt.private_libvirt import PrivateLibvirt
from tests.integration.libvirt_cloud import LibvirtCloud

pytestmark = pytest.mark.timeout(600)
PATIENCE = 120.0


@pytest.fixture(scope="module")
def cloud(daemon: PrivateLibvirt) -> Iterator[LibvirtCloud]:
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = LibvirtCloud(hosts=("host1",), options={
        "instances_path": str(directory), "compute_driver": "libvirt.LibvirtDriver",
        "libvirt__virt_type": "qemu", "libvirt__connection_uri": daemon.uri,
    })  # fmt: skip
    made.start()
    yield made
    for guest in made.driver.spawn.list_guests():
        made.driver.spawn.destroy(guest.uuid)
    made.stop()
    shutil.rmtree(directory)


def machine(cloud: LibvirtCloud, uuid: str) -> str:
    import libvirt

    shown = cloud.wait(uuid, "ACTIVE", "ERROR", seconds=PATIENCE)
    assert shown["status"] == "ACTIVE", shown
    connection = libvirt.open(cloud.conf_of("host1").libvirt.connection_uri)
    try:
        text = connection.lookupByUUIDString(uuid).XMLDesc(0)
    finally:
        connection.close()
    found = ET.fromstring(text).find("os/type")
    assert found is not None
    return found.get("machine", "")


def restarted(cloud: LibvirtCloud, usual: str) -> None:
    """The host, whose operator has chosen another machine."""
    cloud.computes["host1"].stop()
    cloud.driver.close()
    cloud.options["libvirt__hw_machine_type"] = [f"x86_64={usual}"]
    cloud.start_compute("host1")


def test_it_stays(cloud: LibvirtCloud) -> None:
    image, other = cloud.add(1, tiny_guest.disk()), cloud.add(2, tiny_guest.disk())
    wishing = cloud.add(3, tiny_guest.disk(), properties={"hw_machine_type": "pc"})
    old = cloud.booted(image, name="old")
    assert "i440fx" in machine(cloud, old)
    restarted(cloud, "q35")
    for action in ({"reboot": {"type": "HARD"}}, {"rebuild": {"imageRef": image}}):
        assert cloud.act(old, action).status == 202
        assert "i440fx" in machine(cloud, old)
    new = cloud.booted(image, name="new")
    assert "q35" in machine(cloud, new)
    assert cloud.act(old, {"rebuild": {"imageRef": other}}).status == 202
    assert "q35" in machine(cloud, old)
    assert cloud.act(new, {"rebuild": {"imageRef": wishing}}).status == 202
    assert "i440fx" in machine(cloud, new)
