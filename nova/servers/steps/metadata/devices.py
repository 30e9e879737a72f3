"""Devices that a user named, or that a guest could not tell otherwise.

What is kept with the server (`device_metadata`) is a list of
{type: nic, mac, bus, address, tags, vlan, vf_trusted},
{type: disk, bus, address, serial, path, tags} or {type: share, share_id, tag};
keys that say nothing are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oslo_utils import strutils

from nova.clients.network.contract import Vif, vifs_from_json
from nova.objects.server import BlockDevice, Instance
from nova.servers.steps.device_names import names
from nova.servers.steps.metadata import versions
from nova.virt.contract import DeviceAddress

Kept = dict[str, Any]


def are_told(instance: Instance) -> bool:
    """Whether there are any; most guests have none."""
    vifs = vifs_from_json(instance.network_info)
    return any(map(_is_told, vifs)) or any(disk.tag for disk in instance.block_devices)


def kept(instance: Instance, addresses: Sequence[DeviceAddress]) -> list[Kept]:
    """What to keep, given where the hypervisor put the guest's devices."""
    places = {(one.kind, one.key.lower()): one for one in addresses}
    vifs = vifs_from_json(instance.network_info)
    nics = [_nic(vif, places.get(("nic", vif.mac.lower()))) for vif in vifs if _is_told(vif)]
    named = names(instance.block_devices, addresses)
    disks = [
        _disk(disk, named[disk.uuid], places.get(("disk", named[disk.uuid].removeprefix("/dev/"))))
        for disk in instance.block_devices
        if disk.tag
    ]
    return [*nics, *disks]


def shown(devices: Iterable[Mapping[str, Any]], version: str) -> list[dict[str, Any]]:
    """As the guest is told at `version`."""
    views = (_view(device, version) for device in devices)
    return [view for view in views if view is not None]


def _view(device: Mapping[str, Any], version: str) -> dict[str, Any] | None:
    kind = device["type"]
    if kind == "share" and version < versions.SHARES:
        return None
    view = {key: value for key, value in device.items() if key not in ("vlan", "vf_trusted")}
    if kind == "nic":
        view |= _nic_facts(device, version)
        if not device.get("tags") and not {"vlan", "vf_trusted"} & set(view):
            return None
    if kind != "share":
        view |= {"bus": device.get("bus", "none"), "address": device.get("address", "none")}
    return view


def _nic_facts(device: Mapping[str, Any], version: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if version >= versions.VLANS and device.get("vlan") is not None:
        facts["vlan"] = device["vlan"]
    if version >= versions.TRUSTED:
        facts["vf_trusted"] = bool(device.get("vf_trusted"))
    return facts


def _is_told(vif: Vif) -> bool:
    return bool(vif.tag or _vlan(vif) is not None or _trusted(vif))


def _vlan(vif: Vif) -> int | None:
    found = vif.details.get("vlan")
    return int(found) if found else None


def _trusted(vif: Vif) -> bool:
    return strutils.bool_from_string(vif.profile.get("trusted", False))


def _nic(vif: Vif, place: DeviceAddress | None) -> Kept:
    facts = {"vlan": _vlan(vif), "vf_trusted": _trusted(vif) or None}
    return {"type": "nic", "mac": vif.mac, **_tags(vif.tag), **_where(place), **_said(facts)}


def _disk(disk: BlockDevice, name: str, place: DeviceAddress | None) -> Kept:
    facts = {"serial": place.serial if place else disk.volume_id, "path": name or None}
    return {"type": "disk", **_tags(disk.tag), **_where(place), **_said(facts)}


def _tags(tag: str | None) -> Kept:
    return {"tags": [tag]} if tag else {}


def _where(place: DeviceAddress | None) -> Kept:
    """A bus that says nothing of places is not worth telling."""
    if place is None or place.bus == "none" or place.address is None:
        return {}
    return {"bus": place.bus, "address": place.address}


def _said(facts: Mapping[str, Any]) -> Kept:
    return {name: value for name, value in facts.items() if value is not None}
