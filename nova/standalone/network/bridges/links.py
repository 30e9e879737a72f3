"""Bridges on the host: one a network, with the gateways' addresses on it.

Ours carry a mark (the link's alias), so that a later run adopts them and a
teardown finds them, whatever became of the database.
"""

import hashlib
import ipaddress
from pathlib import Path

from nova.standalone.network.bridges.commands import ask, run
from nova.standalone.network.fabric import FabricError, NetworkPlan

SYSFS = Path("/sys/class/net")
SYSCTL = Path("/proc/sys/net")


class Bridges:
    def __init__(self, mark: str) -> None:
        self._mark = mark

    def ensure(self, plan: NetworkPlan) -> None:
        """There, up, addressed. FabricError when the host uses the addresses itself."""
        name = plan.bridge
        if not (SYSFS / name).exists():
            self._free(plan)
            run("ip", "link", "add", name, "type", "bridge", "forward_delay", "0", "stp_state", "0")
        (SYSFS / name / "ifalias").write_text(self._mark + "\n")
        _write(SYSCTL / "ipv6" / "conf" / name / "disable_ipv6", "1")
        run("ip", "link", "set", name, "address", _stable_mac(plan.id), "mtu", str(plan.mtu), "up")
        self._address(name, plan)

    def ours(self) -> set[str]:
        return {
            path.name
            for path in SYSFS.glob("brq*")
            if _read(path / "ifalias") == self._mark and (path / "bridge").exists()
        }

    def remove(self, name: str) -> None:
        run("ip", "link", "del", name)

    def devices(self, name: str) -> set[str]:
        """What is plugged into the bridge now."""
        ports = SYSFS / name / "brif"
        try:
            return {path.name for path in ports.iterdir()}
        except OSError:
            return set()

    def _address(self, name: str, plan: NetworkPlan) -> None:
        wanted = gateway_addresses(plan)
        present = _addresses(name)
        for address in wanted - present:
            self._free(plan)
            run("ip", "addr", "add", address, "brd", "+", "dev", name)
        for address in present - wanted:
            run("ip", "addr", "del", address, "dev", name)

    def _free(self, plan: NetworkPlan) -> None:
        """A bridge with addresses of the host's own networks would cut the host off."""
        mine = [ipaddress.ip_network(subnet.cidr) for subnet in plan.subnets]
        for link in ask("ip", "-4", "addr", "show"):
            for item in link["addr_info"] if link["ifname"] != plan.bridge else ():
                other = ipaddress.ip_interface(f"{item['local']}/{item['prefixlen']}").network
                if any(net.version == 4 and net.overlaps(other) for net in mine):
                    raise FabricError(f"{other} is in use on {link['ifname']} of this host")


def gateway_addresses(plan: NetworkPlan) -> set[str]:
    """Addresses of the host on the network, with prefix lengths."""
    return {
        f"{subnet.gateway}/{ipaddress.ip_network(subnet.cidr).prefixlen}"
        for subnet in plan.subnets
        if subnet.gateway and plan.up
    }


def uplink_mtu() -> int:
    """Of the device with the default route; 1500 without one, or for a larger one."""
    for route in ask("ip", "-4", "route", "show", "default"):
        text = _read(SYSFS / route.get("dev", "") / "mtu")
        return min(int(text), 1500) if text.isdigit() else 1500
    return 1500


class Forwarding:
    """IPv4 forwarding, on while networks are; the host's own setting comes back."""

    def __init__(self, directory: Path) -> None:
        self._kept = directory / "ip_forward"
        self._switch = SYSCTL / "ipv4" / "ip_forward"

    def enable(self) -> None:
        before = _read(self._switch)
        if before != "1":
            self._kept.write_text(before)
            _write(self._switch, "1")

    def restore(self) -> None:
        if before := _read(self._kept):
            _write(self._switch, before)
            self._kept.unlink()


def _addresses(name: str) -> set[str]:
    links = ask("ip", "-4", "addr", "show", "dev", name)
    return {f"{item['local']}/{item['prefixlen']}" for link in links for item in link["addr_info"]}


def _stable_mac(network_id: str) -> str:
    """Else a bridge takes the MAC of a device on it, and guests lose their gateway."""
    tail = hashlib.sha256(network_id.encode()).digest()[:5]
    return ":".join(f"{byte:02x}" for byte in (0xFE, *tail))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise FabricError(f"{path}: {error}") from error
