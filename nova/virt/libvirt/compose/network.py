"""Network interfaces of the guest."""

import dataclasses
from collections.abc import Callable

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import PlugFailed, UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.xml.interface import Bandwidth, Interface

MODELS = frozenset(
    {
        "virtio",
        "ne2k_pci",
        "pcnet",
        "rtl8139",
        "e1000",
        "e1000e",
        "lan9118",
        "spapr-vlan",
        "vmxnet3",
        "igb",
    }
)
MOST_QUEUES = 256
LIMITS = tuple(
    f"{way}_{kind}" for way in ("inbound", "outbound") for kind in ("average", "peak", "burst")
)


def interfaces(guest: GuestSpec, site: Site) -> tuple[Interface, ...]:
    """Raises PlugFailed for a port that is not bound here, or in a way unknown here."""
    return tuple(interface(nic, guest, site) for nic in guest.nics)


def interface(nic: Nic, guest: GuestSpec, site: Site) -> Interface:
    wire = WIRES.get(nic.vif_type)
    if wire is None or nic.vnic_type != "normal":
        reason = f"binding {nic.vif_type} with type {nic.vnic_type} is not supported"
        raise PlugFailed(port_id=nic.port_id, reason=reason)
    wishes = Wishes.of(guest)
    model = _model(nic, wishes, site)
    virtio = model == "virtio"
    return dataclasses.replace(
        wire(nic),
        mac=nic.mac,
        target=nic.tap,
        model=model,
        queues=_queues(guest, wishes, site) if virtio else None,
        rx_queue_size=site.conf.libvirt.rx_queue_size if virtio else None,
        tx_queue_size=site.conf.libvirt.tx_queue_size if virtio else None,
        packed=wishes.flag("virtio_packed_ring") if virtio else None,
        mtu=nic.mtu,
        bandwidth=_bandwidth(wishes),
    )


def _bridge(nic: Nic) -> Interface:
    return Interface(type="bridge", bridge=_bridge_name(nic))


def _open_vswitch(nic: Nic) -> Interface:
    return dataclasses.replace(_bridge(nic), virtualport="openvswitch", interface_id=nic.port_id)


def _tap(nic: Nic) -> Interface:
    return Interface(type="ethernet")


def _vhostuser(nic: Nic) -> Interface:
    """The socket's other side decides who listens."""
    socket = nic.details.get("vhostuser_socket")
    if not socket:
        raise PlugFailed(port_id=nic.port_id, reason="the binding names no socket")
    mode = nic.details.get("vhostuser_mode", "client")
    return Interface(
        type="vhostuser",
        source_type="unix",
        source_path=str(socket),
        source_mode="server" if mode == "client" else "client",
    )


WIRES: dict[str, Callable[[Nic], Interface]] = {
    "bridge": _bridge,
    "ovs": _open_vswitch,
    "tap": _tap,
    "vhostuser": _vhostuser,
}


def _bridge_name(nic: Nic) -> str:
    name = nic.bridge or nic.details.get("bridge_name")
    if not name:
        raise PlugFailed(port_id=nic.port_id, reason="the binding names no bridge")
    return str(name)


def _model(nic: Nic, wishes: Wishes, site: Site) -> str | None:
    model = nic.model or wishes.properties.get("hw_vif_model")
    if model is None:
        return "virtio" if site.conf.libvirt.use_virtio_for_bridges else None
    if model not in MODELS:
        raise UnsupportedGuest(what="The network interface model", value=model)
    return model


def _queues(guest: GuestSpec, wishes: Wishes, site: Site) -> int | None:
    if not wishes.flag("vif_multiqueue_enabled") or guest.vcpus < 2:
        return None
    return min(guest.vcpus, site.conf.libvirt.max_queues or MOST_QUEUES)


def _bandwidth(wishes: Wishes) -> Bandwidth | None:
    limits = Bandwidth(**{name: wishes.number(f"quota:vif_{name}") for name in LIMITS})
    return None if limits == Bandwidth() else limits
