"""[devices]enabled_mdev_types: which types of mediated devices are cut from which devices."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oslo_config import cfg

from nova.conf.dynamic import mdev_section
from nova.errors import ConfigurationFailure
from nova.virt.contract.mdev import Mdev, MdevParent

LOG = logging.getLogger(__name__)
# Of PCI devices.
ADDRESS = re.compile(r"^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


@dataclass(frozen=True)
class MdevOffer:
    """A type.  `addresses` of the devices that it is cut from, none: of all that can; at
    `most` so many of each device."""

    type: str
    resource_class: str = "VGPU"
    addresses: frozenset[str] = frozenset()
    most: int | None = None


@dataclass(frozen=True)
class Found:
    """A device of the host that others can be cut from.  `free` by type is how many there can
    be besides `devices` (which are by type, too)."""

    name: str
    address: str
    free: Mapping[str, int]
    devices: Mapping[str, tuple[Mdev, ...]]


def offers_of(conf: cfg.ConfigOpts) -> tuple[MdevOffer, ...]:
    """Raises ConfigurationFailure for what cannot be followed."""
    types = list(dict.fromkeys(conf.devices.enabled_mdev_types))
    offers = tuple(_offer(conf, name) for name in types)
    without = [one.type for one in offers if not one.addresses]
    if len(offers) > 1 and without:
        LOG.warning(
            "[mdev_%s]device_addresses is needed where several types are enabled; only the first "
            "type, %s, is offered", without[0], offers[0].type,
        )
        offers = offers[:1]
    _refuse_twice(offers)
    return offers


def classes_of(offers: Iterable[MdevOffer]) -> frozenset[str]:
    return frozenset(one.resource_class for one in offers)


def parents_of(offers: Iterable[MdevOffer], found: Iterable[Found]) -> tuple[MdevParent, ...]:
    """Those devices of the host that a type is cut from."""
    listed = tuple(offers)
    pairs = ((one, _chosen(listed, one)) for one in found)
    return tuple(_parent(one, offer) for one, offer in pairs if offer is not None)


def absent(offers: Iterable[MdevOffer], found: Iterable[Found]) -> list[str]:
    """What is offered and cannot be had here, to be read by an operator."""
    devices = list(found)
    known = {one.address for one in devices}
    told = [
        f"type {one.type} is known to no device of this host"
        for one in offers
        if not any(one.type in device.free for device in devices)
    ]
    for one in offers:
        told += [f"[mdev_{one.type}]device_addresses: {address} is no device of this host that "
                 "others can be cut from" for address in sorted(one.addresses - known)]
    return told


def _offer(conf: cfg.ConfigOpts, name: str) -> MdevOffer:
    mdev_section(name).register(conf)
    try:
        wish = conf[f"mdev_{name}"]
        addresses = [address.strip().lower() for address in wish.device_addresses]
        offer = MdevOffer(name, wish.mdev_class, frozenset(addresses), wish.max_instances)
    except cfg.Error as error:
        raise ConfigurationFailure(reason=f"[mdev_{name}]: {error}") from error
    for address in addresses:
        if ADDRESS.match(address) is None:
            raise ConfigurationFailure(
                reason=f"[mdev_{name}]device_addresses: {address} is no address of a device"
            )
    return offer


def _refuse_twice(offers: Iterable[MdevOffer]) -> None:
    """A device is cut in one way."""
    types: dict[str, str] = {}
    for offer in offers:
        for address in sorted(offer.addresses):
            other = types.setdefault(address, offer.type)
            if other != offer.type:
                raise ConfigurationFailure(
                    reason=f"[devices]enabled_mdev_types: device {address} is named both for "
                    f"type {other} and for type {offer.type}"
                )


def _chosen(offers: tuple[MdevOffer, ...], device: Found) -> MdevOffer | None:
    for one in offers:
        meant = device.address in one.addresses if one.addresses else True
        if meant and one.type in device.free:
            return one
    return None


def _parent(device: Found, offer: MdevOffer) -> MdevParent:
    there = device.devices.get(offer.type, ())
    total = device.free[offer.type] + len(there)
    return MdevParent(
        device.name, offer.type, offer.resource_class,
        total if offer.most is None else min(total, offer.most), there,
    )
