"""Network interfaces of the guest."""

import dataclasses
from collections.abc import Callable

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import PlugFailed, UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.plugging import plug
from nova.virt.libvirt.xml.address import Address
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
    wire = _wire_of(nic)
    wishes = Wishes.of(guest)
    made = wire(nic)
    if made.type == "hostdev":
        return dataclasses.replace(made, mac=nic.mac)
    model = _model(nic, guest, wishes, site)
    if wishes.flag("virtio_packed_ring") and model == "virtio":
        _require_packed(site)
    virtio = model == "virtio"
    return dataclasses.replace(
        made,
        mac=nic.mac,
        target=_target(nic),
        model=model,
        queues=_queues(guest, wishes, site) if virtio else None,
        rx_queue_size=site.conf.libvirt.rx_queue_size if virtio else None,
        tx_queue_size=site.conf.libvirt.tx_queue_size if virtio else None,
        packed=wishes.flag("virtio_packed_ring") if virtio else None,
        mtu=nic.mtu,
        bandwidth=_bandwidth(wishes) if _is_limited(nic, made) else None,
    )


def _bridge(nic: Nic) -> Interface:
    return Interface(type="bridge", bridge=_bridge_name(nic))


def _open_vswitch(nic: Nic) -> Interface:
    """A device that finds its port in the switch, or a bridge between them."""
    plug.switch_of(nic)
    if plug.is_hybrid(nic):
        return Interface(type="bridge", bridge=plug.filter_bridge(nic))
    return Interface(type="ethernet")


def _tap(nic: Nic) -> Interface:
    return Interface(type="ethernet")


def _vhostuser(nic: Nic) -> Interface:
    return Interface(
        type="vhostuser",
        source_type="unix",
        source_path=plug.socket_of(nic),
        source_mode=plug.mode_of(nic),
    )


def _passed_through(nic: Nic) -> Interface:
    """A part of a card, which the guest drives itself."""
    vlan = nic.details.get("vlan")
    return Interface(
        type="hostdev",
        managed=True,
        source_address=Address.of_host(plug.slot_of(nic), "pci"),
        vlan=int(vlan) if vlan else None,
    )


def _whole_card(nic: Nic) -> Interface:
    return dataclasses.replace(_passed_through(nic), vlan=None)


def _fabric(nic: Nic) -> Interface:
    """As 802.1Qbh wants it: the switch knows the profile."""
    return dataclasses.replace(
        _passed_through(nic), vlan=None, virtualport="802.1Qbh",
        profile_id=str(nic.details.get("profileid") or ""),
    )


def _on_top(nic: Nic) -> Interface:
    """A device of its own on top of one of the host's."""
    device = nic.details.get("macvtap_source") or nic.profile.get("pf_netdev")
    if not device:
        raise PlugFailed(port_id=nic.port_id, reason="the binding names no device")
    mode = str(nic.details.get("macvtap_mode") or "passthrough")
    return Interface(type="direct", source_dev=str(device), source_mode=mode)


def _vdpa(nic: Nic) -> Interface:
    device = nic.profile.get("vdpa_device") or nic.details.get("vdpa_device")
    if not device:
        raise PlugFailed(port_id=nic.port_id, reason="the binding names no vdpa device")
    return Interface(type="vdpa", source_dev=str(device))


WIRES: dict[tuple[str, str], Callable[[Nic], Interface]] = {
    ("bridge", "normal"): _bridge,
    ("ovs", "normal"): _open_vswitch,
    ("tap", "normal"): _tap,
    ("vhostuser", "normal"): _vhostuser,
    ("macvtap", "normal"): _on_top,
    ("hw_veb", "direct"): _passed_through,
    ("hw_veb", "macvtap"): _on_top,
    ("ib_hostdev", "direct"): _whole_card,
    ("hostdev_physical", "direct-physical"): _whole_card,
    ("802.1qbh", "direct"): _fabric,
    ("ovs", "direct"): _passed_through,
    ("ovs", "vdpa"): _vdpa,
    # The switch is on the card, and others plug it in there.
    ("ovs", "remote-managed"): _whole_card,
}
LIMITED = frozenset({"bridge", "ethernet"})
VERSION_OF_PACKED = (6_003_000, 4_002_000)
VERSION_OF_IGB = (9_003_000, 8_000_000)


def _wire_of(nic: Nic) -> Callable[[Nic], Interface]:
    wire = WIRES.get((nic.vif_type.lower(), nic.vnic_type))
    if wire is None:
        reason = f"binding {nic.vif_type} with type {nic.vnic_type} is not supported"
        raise PlugFailed(port_id=nic.port_id, reason=reason)
    return wire


def _target(nic: Nic) -> str | None:
    if nic.vif_type.lower() == "ovs" and nic.vnic_type == "normal":
        return plug.device_of(nic)
    return nic.tap if nic.vnic_type == "normal" else None


def _is_limited(nic: Nic, made: Interface) -> bool:
    """A switch limits its ports itself."""
    switched = nic.vif_type.lower() == "ovs" and not plug.is_hybrid(nic)
    return made.type in LIMITED and not switched


def _require_packed(site: Site) -> None:
    if not site.at_least(*VERSION_OF_PACKED):
        raise UnsupportedGuest(what="hw:virtio_packed_ring", value="true")


def _bridge_name(nic: Nic) -> str:
    name = nic.bridge or nic.details.get("bridge_name")
    if not name:
        raise PlugFailed(port_id=nic.port_id, reason="the binding names no bridge")
    return str(name)


def nic_models(site: Site, virt_type: str) -> frozenset[str]:
    """Those of this hypervisor's version and kind."""
    absent = set() if virt_type == "qemu" else {"lan9118"}
    if not site.at_least(*VERSION_OF_IGB):
        absent.add("igb")
    return MODELS - absent


def _model(nic: Nic, guest: GuestSpec, wishes: Wishes, site: Site) -> str | None:
    model = nic.model or wishes.properties.get("hw_vif_model")
    if model is None:
        return "virtio" if site.conf.libvirt.use_virtio_for_bridges else None
    if model not in nic_models(site, site.virt_type_of(guest)):
        raise UnsupportedGuest(what="The network interface model", value=model)
    return model


def _queues(guest: GuestSpec, wishes: Wishes, site: Site) -> int | None:
    if not wishes.flag("vif_multiqueue_enabled") or guest.vcpus < 2:
        return None
    return min(guest.vcpus, site.conf.libvirt.max_queues or MOST_QUEUES)


def _bandwidth(wishes: Wishes) -> Bandwidth | None:
    limits = Bandwidth(**{name: wishes.number(f"quota:vif_{name}") for name in LIMITS})
    return None if limits == Bandwidth() else limits
