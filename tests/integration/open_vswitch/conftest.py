"""A real Open vSwitch and a hypervisor beside it, among network devices of their own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova.virt.contract import Driver, GuestSpec, ImageRef, Nic
from tests.contracts.virt.private_daemon import private_libvirt
from tests.contracts.virt.private_network import private_network
from tests.contracts.virt.subjects import LibvirtSubject, describe, nic
from tools.daemons.open_vswitch import OpenVSwitch
from tools.daemons.process import Failed
from tools.gate_parts import seed

BRIDGE = "br-int"


class Place:
    """A host with a switch."""

    def __init__(self, directory: Path, uri: str, switch: OpenVSwitch) -> None:
        self.directory = directory
        self.switch = switch
        file = directory / "nova.conf"
        file.write_text(
            f"[os_vif_ovs]\novsdb_connection = {switch.connection}\novs_vsctl_timeout = 2\n"
        )
        self.subject = LibvirtSubject(directory / "instances", uri, [file])
        self.driver = self.subject.driver

    def guest(self, *details: dict[str, object]) -> GuestSpec:
        """With an interface for each."""
        return describe(self.subject.tiny, nics=tuple(self.nic(**one) for one in details))

    @staticmethod
    def nic(**details: object) -> Nic:
        return nic(vif_type="ovs", bridge=BRIDGE, details={"datapath_type": "netdev", **details})

    def port(self, name: str) -> dict[str, str]:
        """What the switch knows of it; nothing when it is not there."""
        words = ("--if-exists", "--format=csv", "--data=bare", "--no-headings")
        found = self.switch.vsctl(*words, "--columns=ofport,error,external_ids",
                                  "list", "interface", name)  # fmt: skip
        if not found:
            return {}
        number, error, ids = found.split(",", 2)
        told = dict(one.split("=") for one in ids.strip('"').split())
        return {"number": number, "error": error, **told}

    def remains(self) -> list[str]:
        """Ports of the switch, and devices that are not always there."""
        devices = [path.name for path in Path("/proc/sys/net/ipv4/conf").iterdir()]
        usual = {"all", "default", "lo", "ovs-netdev", BRIDGE}
        ports = self.switch.vsctl("list-ports", BRIDGE).splitlines()
        ifbs = {name for name in devices if name.startswith("ifb")}
        return sorted({*ports, *devices} - usual - ifbs)


@pytest.fixture(scope="session")
def linux_image() -> bytes | str:
    """Of a real system; or why there is none."""
    try:
        return seed.guest().read_bytes()
    except Failed as error:
        if "cannot download" in str(error):
            return str(error)
        raise


@pytest.fixture(scope="module")
def place(linux_image: bytes | str) -> Iterator[Place]:
    """The image is made before: there is no way out of here."""
    if reason := OpenVSwitch.obstacle():
        assert not os.environ.get("NOVA_TEST_REQUIRE_SERVERS"), reason
        pytest.skip(reason)
    pytest.importorskip("os_vif")
    directory = Path(tempfile.mkdtemp(prefix="nova-switch-", dir="/var/tmp"))
    directory.chmod(0o755)
    for name in ("instances", "run"):
        (directory / name).mkdir(mode=0o755)
    switch = OpenVSwitch(directory / "run")
    patch = pytest.MonkeyPatch()
    # The hypervisor speaks to the switch itself, where a definition wants that.
    patch.setenv("OVS_RUNDIR", str(directory / "run"))
    with private_network():
        switch.start()
        switch.add_bridge(BRIDGE)
        try:
            with private_libvirt() as daemon:
                made = Place(directory, daemon.uri, switch)
                yield made
                made.subject.close()
                _end_conversation()
        finally:
            patch.undo()
            switch.stop()
    shutil.rmtree(directory)


def _end_conversation() -> None:
    """The library's, which would look for the switch for ever."""
    import os_vif

    switch = os_vif._EXT_MANAGER["ovs"].obj.ovsdb
    switch.ovsdb.ovsdb_connection.stop(5)


@pytest.fixture
def linux(place: Place, linux_image: bytes | str) -> ImageRef:
    if isinstance(linux_image, str):
        pytest.skip(linux_image)
    return place.subject.images.add(linux_image, disk_format="qcow2")


@pytest.fixture
def driver(place: Place) -> Driver:
    return place.driver


@pytest.fixture(autouse=True)
def clean(place: Place) -> Iterator[None]:
    """Each test leaves nothing behind."""
    yield
    place.switch.start_database()
    for guest in place.driver.spawn.list_guests():
        place.driver.spawn.destroy(guest.uuid)
    for uuid in place.driver.leftovers.found():
        place.driver.leftovers.remove(uuid)
    assert place.remains() == []
