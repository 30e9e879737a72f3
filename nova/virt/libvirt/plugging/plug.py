"""What has to be done to a switch for an interface, and undone later.

It is enough to undo it, with no port or binding at hand any more.
"""

from dataclasses import dataclass

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import PlugFailed
from nova.virt.libvirt.xml.codec import Element, at

NAME_LENGTH = 14
"""Of network devices, as all users of Open vSwitch cut them."""
TAP, HYBRID, REPRESENTOR, SOCKET = "tap", "hybrid", "representor", "socket"


@dataclass(frozen=True)
class Plug(Element):
    """`kind` tap: the guest's device `name` is a port of the switch's `bridge`; hybrid: a
    Linux bridge `name` stands between them, for filters; representor: the card's part at
    `slot` has a device that is the port; socket: the switch meets the guest at `path`,
    where the guest is `mode` (client or server)."""

    TAG = "port"
    id: str = at("@id", "")
    kind: str = at("@kind", TAP)
    mac: str = at("@mac", "")
    bridge: str = at("@bridge", "")
    name: str = at("@name", "")
    datapath: str | None = at("@datapath")
    slot: str | None = at("@slot")
    path: str | None = at("@path")
    mode: str | None = at("@mode")

    @property
    def port(self) -> str | None:
        """The switch's name of it; None: only the card knows."""
        if self.kind == REPRESENTOR:
            return None
        return cut(PREFIXES[self.kind], self.id) if self.kind in PREFIXES else self.name


PREFIXES = {HYBRID: "qvo", SOCKET: "vhu"}
KINDS = {
    ("ovs", "normal"): TAP,
    ("ovs", "direct"): REPRESENTOR,
    ("ovs", "vdpa"): REPRESENTOR,
    ("vhostuser", "normal"): SOCKET,
}


def plug_of(nic: Nic) -> Plug | None:
    """None: there is nothing to do to a switch.  Raises PlugFailed for a binding that
    leaves out what is needed."""
    kind = _kind_of(nic)
    if kind is None:
        return None
    return Plug(
        id=nic.port_id,
        kind=kind,
        mac=nic.mac,
        bridge=switch_of(nic),
        name=filter_bridge(nic) if kind == HYBRID else device_of(nic),
        datapath=_text(nic.details.get("datapath_type")),
        slot=slot_of(nic) if kind == REPRESENTOR else None,
        path=socket_of(nic) if kind == SOCKET else None,
        mode=mode_of(nic) if kind == SOCKET else None,
    )


def is_hybrid(nic: Nic) -> bool:
    return bool(nic.details.get("ovs_hybrid_plug"))


def switch_of(nic: Nic) -> str:
    """The bridge of a trunk counts before that of the network."""
    return _needed(nic, nic.details.get("bridge_name") or nic.bridge, "bridge")


def filter_bridge(nic: Nic) -> str:
    return cut("qbr", nic.port_id)


def filter_side(plug: Plug) -> str:
    """The end of the pair that is on the filter's bridge."""
    return cut("qvb", plug.id)


def device_of(nic: Nic) -> str:
    return nic.tap or cut("tap", nic.port_id)


def slot_of(nic: Nic) -> str:
    slot = nic.profile.get("pci_slot")
    if not slot:
        raise PlugFailed(port_id=nic.port_id, reason="no PCI device was claimed for it")
    return str(slot)


def socket_of(nic: Nic) -> str:
    return _needed(nic, nic.details.get("vhostuser_socket"), "socket")


def mode_of(nic: Nic) -> str:
    """The guest's side of the socket: who listens is the server."""
    return str(nic.details.get("vhostuser_mode") or "server")


def cut(prefix: str, port_id: str) -> str:
    return f"{prefix}{port_id}"[:NAME_LENGTH]


def _kind_of(nic: Nic) -> str | None:
    kind = KINDS.get((nic.vif_type.lower(), nic.vnic_type))
    if kind == SOCKET and not nic.details.get("vhostuser_ovs_plug"):
        return None
    return HYBRID if kind == TAP and is_hybrid(nic) else kind


def _needed(nic: Nic, value: object, what: str) -> str:
    if not value:
        raise PlugFailed(port_id=nic.port_id, reason=f"the binding names no {what}")
    return str(value)


def _text(value: object) -> str | None:
    return str(value) if value else None
