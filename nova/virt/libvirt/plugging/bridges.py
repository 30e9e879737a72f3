"""Plain Linux bridges."""

from pathlib import Path

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import HypervisorError, PlugFailed
from nova.virt.libvirt.tools import Tools

DEVICES = Path("/sys/class/net")


class Bridges:
    """The hypervisor makes the guest's own device and joins it to the bridge; one that is
    not there yet is made here, as any of its users would, and stays for the others."""

    def __init__(self, tools: Tools, devices: Path = DEVICES) -> None:
        self._tools = tools
        self._devices = devices

    def ensure(self, nic: Nic) -> None:
        """Raises PlugFailed."""
        if nic.vif_type != "bridge":
            return
        bridge = nic.bridge or nic.details.get("bridge_name")
        if bridge:
            self._ensure(bridge, nic.port_id)

    def renew(self, device: str, bridge: str, port: str, *, makes: bool) -> None:
        """The device of a running guest is on its bridge again, if it is on none; `makes`: a
        bridge that is gone is made.  Raises PlugFailed."""
        if makes:
            self._ensure(bridge, port)
        try:
            if " master " not in self._tools.run("ip", "-o", "link", "show", "dev", device):
                self._tools.run("ip", "link", "set", "dev", device, "master", bridge)
        except HypervisorError as error:
            raise PlugFailed(port_id=port, reason=error.message) from error

    def _ensure(self, bridge: str, port: str) -> None:
        if (self._devices / bridge).exists():
            return
        try:
            self._make(bridge)
        except HypervisorError as error:
            if not (self._devices / bridge).exists():
                raise PlugFailed(port_id=port, reason=error.message) from error

    def _make(self, bridge: str) -> None:
        self._tools.run("ip", "link", "add", "name", bridge, "type", "bridge", seconds=10)
        self._tools.run("ip", "link", "set", "dev", bridge, "up", seconds=10)
