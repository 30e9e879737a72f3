"""Making mediated devices, with the ids that servers know them by.

A device is gone when the host starts anew; it is made again before its guest starts.  The
hypervisor makes it with the help of a program, mdevctl.  Where that is missing this process
writes to the operating system itself, for which it needs the right to.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import libvirt

from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.mdev.reading import listed
from nova.virt.libvirt.xml.node_device import NewMdev, NodeDevice

LOG = logging.getLogger(__name__)
BUS = Path("/sys/class/mdev_bus")
INACTIVE = (
    libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
    | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE
)
HELPER = "mdevctl"
VERB = "make a mediated device"
Making = Callable[[ClaimedMdev, libvirt.virConnect], bool]


class MdevMaker:
    """`bus` is where the operating system shows what can be cut; `first` is tried before."""

    def __init__(
        self, connection: Connection, bus: Path = BUS, first: Making | None = None
    ) -> None:
        self._connection = connection
        self._bus = bus
        self._first = first or _made

    def ensure(self, mdevs: Sequence[ClaimedMdev]) -> None:
        """They are there.  Raises HypervisorError."""
        if not mdevs:
            return
        devices = self._connection.call("list mediated devices", listed)
        for mdev in mdevs:
            if not _is_there(mdev, devices):
                self._make(mdev, devices)

    def _make(self, mdev: ClaimedMdev, devices: Sequence[NodeDevice]) -> None:
        parent = next((one for one in devices if one.name == mdev.parent), None)
        if parent is None or mdev.type not in dict(parent.mdev_types):
            raise HypervisorError(verb=VERB, reason=f"{mdev.parent} makes no {mdev.type} here")
        if not self._connection.call(VERB, partial(self._first, mdev)):
            self._write(mdev, parent.address or parent.name)
        LOG.info("Made mediated device %s of type %s on %s", mdev.uuid, mdev.type, mdev.parent)

    def _write(self, mdev: ClaimedMdev, address: str) -> None:
        place = self._bus / address / "mdev_supported_types" / mdev.type / "create"
        try:
            place.write_text(mdev.uuid)
        except OSError as error:
            raise HypervisorError(verb=VERB, reason=str(error)) from error


def _is_there(mdev: ClaimedMdev, devices: Sequence[NodeDevice]) -> bool:
    for one in devices:
        if one.kind == "mdev" and one.uuid == mdev.uuid:
            if (one.parent, one.mdev_type) != (mdev.parent, mdev.type):
                raise HypervisorError(
                    verb=VERB, reason=f"{mdev.uuid} is a {one.mdev_type} of {one.parent}"
                )
            return True
    return False


def _made(mdev: ClaimedMdev, connection: libvirt.virConnect) -> bool:
    """False: the hypervisor has nothing to make it with.  Doing it again is harmless."""
    if _is_there(mdev, listed(connection)):
        return True
    try:
        for device in connection.listAllDevices(INACTIVE):
            if NodeDevice.from_text(device.XMLDesc(0)).uuid == mdev.uuid:
                device.create()
                return True
        text = NewMdev(parent=mdev.parent, type=mdev.type, uuid=mdev.uuid).to_text()
        connection.nodeDeviceCreateXML(text, 0)
    except libvirt.libvirtError as error:
        if _lacks_helper(error):
            return False
        raise
    return True


def _lacks_helper(error: libvirt.libvirtError) -> bool:
    text = str(error)
    return error.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR and f"'{HELPER}'" in text
