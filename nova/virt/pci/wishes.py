"""What a server wishes for in PCI devices: aliases of its flavor, ports of its networks."""

import json
import re
import uuid as uuids
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nova.errors import ConfigurationFailure, Invalid
from nova.virt.contract.pci import PHYSICAL, PLAIN, VDPA, VIRTUAL, ClaimedDevice

ALIAS_SPEC = "pci_passthrough:alias"
POLICIES = ("required", "preferred", "legacy", "socket")
TYPES = (PLAIN, PHYSICAL, VIRTUAL, VDPA)
NAME = re.compile(r"^[^:,]{1,256}$")

# What a property has to be; None: there is none.
Spec = Mapping[str, str | None]
Aliases = Mapping[str, Sequence[Mapping[str, Any]]]


class UnknownAlias(Invalid):
    template = "PCI alias {alias} is not defined"


class BadAffinity(Invalid):
    template = "Invalid PCI NUMA affinity configured: '{policy}'"


GROUPS = uuids.UUID("5f0f2a36-5a0b-4f8c-9a55-0c6a3c1c9d52")


class BadAliasCount(Invalid):
    template = "Invalid PCI alias definition: {reason}"


@dataclass(frozen=True)
class PciWish:
    """`count` devices, each with all properties of one of `specs`; `policy` says how close
    to the guest's memory.  `port_id`: for that port of the server's."""

    count: int
    specs: tuple[Spec, ...]
    request_id: str
    alias: str | None = None
    policy: str = "legacy"
    port_id: str | None = None
    devices: tuple[ClaimedDevice, ...] = ()


def aliases_of(lines: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """[pci]alias by name; several lines of a name are alternatives.
    Raises ConfigurationFailure."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        one = _alias(line)
        found.setdefault(one["name"], []).append(one)
    return found


def wishes_of(
    server: str, specs: Mapping[str, str], properties: Mapping[str, Any], aliases: Aliases
) -> tuple[PciWish, ...]:
    """Those of the flavor.  Raises UnknownAlias, BadAliasCount, BadAffinity."""
    affinity = affinity_of(specs, properties)
    return tuple(
        _wish(server, name, count, aliases, affinity) for name, count in _named(specs)
    )


def affinity_of(specs: Mapping[str, str], properties: Mapping[str, Any]) -> str | None:
    flavor = specs.get("hw:pci_numa_affinity_policy")
    image = properties.get("hw_pci_numa_affinity_policy")
    for policy in (flavor, image):
        if policy is not None and policy not in POLICIES:
            raise BadAffinity(policy=policy)
    if flavor and image and flavor != image:
        raise AffinityConflict()
    chosen = flavor or image
    return None if chosen is None else str(chosen)


class AffinityConflict(Invalid):
    template = (
        "Image property 'hw_pci_numa_affinity_policy' is not permitted to override the "
        "'hw:pci_numa_affinity_policy' flavor extra spec."
    )


def wishes_to_json(wishes: Iterable[PciWish]) -> list[dict[str, Any]]:
    return [
        {
            "count": wish.count,
            "spec": [dict(one) for one in wish.specs],
            "alias_name": wish.alias,
            "is_new": False,
            "numa_policy": wish.policy,
            "request_id": wish.request_id,
            "requester_id": wish.port_id,
            "devices": [
                {"address": d.address, "dev_type": d.kind, "tags": dict(d.tags),
                 "vendor_id": d.vendor_id, "product_id": d.product_id}
                for d in wish.devices
            ],
        }
        for wish in wishes
    ]


def wishes_from_json(value: Any) -> tuple[PciWish, ...]:
    return tuple(_wish_read(one) for one in value or ())


def unclaimed(wishes: Iterable[PciWish]) -> tuple[PciWish, ...]:
    return tuple(replace(wish, devices=()) for wish in wishes)


def _wish_read(one: Mapping[str, Any]) -> PciWish:
    request, alias = str(one.get("request_id") or ""), one.get("alias_name")
    return PciWish(
        count=int(one["count"]),
        specs=tuple(one.get("spec") or ()),
        request_id=request,
        alias=alias,
        policy=one.get("numa_policy") or "legacy",
        port_id=one.get("requester_id"),
        devices=tuple(
            ClaimedDevice(d["address"], request, d.get("dev_type") or PLAIN,
                          d.get("tags") or {}, alias, d.get("vendor_id") or "",
                          d.get("product_id") or "")
            for d in one.get("devices") or ()
        ),
    )


def _alias(line: str) -> dict[str, Any]:
    try:
        one = json.loads(line)
    except ValueError as error:
        raise ConfigurationFailure(reason=f"[pci]alias {line!r}: {error}") from None
    if not isinstance(one, dict) or not NAME.match(str(one.get("name", ""))):
        raise ConfigurationFailure(reason=f"[pci]alias {line!r} has no usable name")
    if one.get("device_type", PLAIN) not in TYPES:
        raise ConfigurationFailure(reason=f"[pci]alias {line!r}: unknown device_type")
    if one.get("numa_policy", "legacy") not in POLICIES:
        raise ConfigurationFailure(reason=f"[pci]alias {line!r}: unknown numa_policy")
    return one


def _named(specs: Mapping[str, str]) -> list[tuple[str, int]]:
    found = []
    for part in specs.get(ALIAS_SPEC, "").split(","):
        if not part.strip():
            continue
        name, _, count = part.strip().partition(":")
        if not count.strip().isdigit():
            raise BadAliasCount(reason=f"'{part.strip()}' is not of the form alias:count")
        found.append((name, int(count)))
    return found


def _wish(
    server: str, name: str, count: int, aliases: Aliases, affinity: str | None
) -> PciWish:
    if name not in aliases:
        raise UnknownAlias(alias=name)
    known = aliases[name]
    policy = affinity or next((one["numa_policy"] for one in known if "numa_policy" in one), None)
    return PciWish(
        count=count,
        specs=tuple(_spec(one) for one in known),
        request_id=request_id(server, name),
        alias=name,
        policy=policy or "legacy",
    )


def request_id(server: str, alias: str) -> str:
    """The same wherever it is made."""
    return str(uuids.uuid5(uuids.UUID(server), alias))


def group_of(alias: str) -> str:
    """What names the devices of an alias in a question to placement, with their numbers: one
    answer serves several servers."""
    return str(uuids.uuid5(GROUPS, alias))


# Kinds of ports that are devices of the host, and what each needs.
OF_PORTS: dict[str, dict[str, str]] = {
    "direct": {"dev_type": VIRTUAL},
    "macvtap": {"dev_type": VIRTUAL},
    "direct-physical": {"dev_type": PHYSICAL},
    "vdpa": {"dev_type": VDPA},
    "remote-managed": {"remote_managed": "true"},
}


def wish_of_port(
    server: str, port_id: str, kind: str, network: str | None, affinity: str | None
) -> PciWish | None:
    """The device behind a port of the kind, on the physical network (None: a tunneled one has
    none, and takes a device that is on none); None: it needs none."""
    needed = OF_PORTS.get(kind)
    if needed is None:
        return None
    spec = {**needed, "physical_network": None if network is None else plain(network)}
    return PciWish(
        count=1,
        specs=(spec,),
        request_id=request_id(server, port_id),
        policy=affinity or "legacy",
        port_id=port_id,
    )


def binding_of(device: ClaimedDevice) -> dict[str, Any]:
    """What a port says of its device (binding:profile)."""
    known = ("physical_network", "card_serial_number", "pf_mac_address")
    made: dict[str, Any] = {
        "pci_vendor_info": f"{device.vendor_id}:{device.product_id}",
        "pci_slot": device.address,
        **{name: device.tags[name] for name in known if name in device.tags},
    }
    number = device.tags.get("vf_num")
    return made if number is None else made | {"vf_num": int(number)}


# What an alias says beside the properties of the device.
_ASIDE = frozenset({"name", "numa_policy", "capability_type"})


def _spec(alias: Mapping[str, Any]) -> dict[str, str]:
    asked = {key: value for key, value in alias.items() if key not in _ASIDE}
    if "device_type" in asked:
        asked["dev_type"] = asked.pop("device_type")
    return {key: plain(value) for key, value in asked.items()}


def plain(value: Any) -> str:
    text = str(value)
    return text if text.startswith("type-") else text.lower().removeprefix("0x")
