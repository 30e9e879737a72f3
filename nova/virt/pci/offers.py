"""[pci]device_spec: which devices of a host are for guests, and what they are good for."""

import fnmatch
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nova.errors import ConfigurationFailure
from nova.virt.contract.pci import PciDevice

ADDRESS = re.compile(r"^([0-9a-f]{1,8}):([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$", re.IGNORECASE)
PARTS = ("domain", "bus", "slot", "function")
ANYTHING = "*"
REMOTE = "remote_managed"
NOT_TAGS = frozenset({"vendor_id", "product_id", "address", "devname"})


@dataclass(frozen=True)
class Offer:
    """One line: who it speaks of, and `tags` for those."""

    vendor_id: str
    product_id: str
    address: tuple[re.Pattern[str], ...] | None
    netdev: str | None
    tags: Mapping[str, str]

    def takes(self, device: PciDevice) -> bool:
        if self.vendor_id not in (ANYTHING, device.vendor_id):
            return False
        if self.product_id not in (ANYTHING, device.product_id):
            return False
        if self.netdev is not None:
            return self.netdev in device.netdevs
        if self.address is None:
            return True
        # A card named by its address brings the parts of it.
        there = (device.address, device.parent) if device.parent else (device.address,)
        return any(_matches(self.address, address) for address in there)


@dataclass(frozen=True)
class Offered:
    """A device that is for guests, with its tags."""

    device: PciDevice
    tags: Mapping[str, str]

    @property
    def once(self) -> bool:
        """Whether it is for one server, and then for nobody until an operator says so."""
        return is_set(self.tags, "one_time_use")


def offers_of(lines: Iterable[str]) -> tuple[Offer, ...]:
    """Raises ConfigurationFailure for what cannot be read."""
    return tuple(_offer(one) for line in lines for one in _parsed(line))


def offered(devices: Iterable[PciDevice], offers: Sequence[Offer]) -> tuple[Offered, ...]:
    """The devices that some offer takes, the first one counts."""
    found = []
    for device in devices:
        offer = next((one for one in offers if one.takes(device)), None)
        if offer is not None:
            found.append(Offered(device, offer.tags))
    return tuple(found)


def is_managed_remotely(offers: Iterable[Offer]) -> bool:
    """Whether ports may be parts of cards that others than this host look after."""
    return any(is_set(offer.tags, REMOTE) for offer in offers)


def _parsed(line: str) -> list[Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ConfigurationFailure(reason=f"[pci]device_spec {line!r}: {error}") from None
    return value if isinstance(value, list) else [value]


def _offer(spec: Any) -> Offer:
    if not isinstance(spec, dict):
        raise ConfigurationFailure(reason=f"[pci]device_spec {spec!r} is no mapping")
    if "devname" in spec and "address" in spec:
        raise ConfigurationFailure(
            reason="[pci]device_spec takes devname or address, not both"
        )
    address = spec.get("address")
    return Offer(
        vendor_id=_hex(spec.get("vendor_id", ANYTHING)),
        product_id=_hex(spec.get("product_id", ANYTHING)),
        address=None if address in (None, ANYTHING) else _address(address),
        netdev=spec.get("devname"),
        tags={key: str(value).lower() if isinstance(value, bool) else str(value)
              for key, value in spec.items() if key not in NOT_TAGS and value is not None},
    )


def _hex(text: str) -> str:
    plain = str(text).lower().removeprefix("0x")
    if plain != ANYTHING and not re.fullmatch("[0-9a-f]{1,4}", plain):
        raise ConfigurationFailure(reason=f"[pci]device_spec: {text!r} is no vendor or product")
    return plain if plain == ANYTHING else plain.zfill(4)


def _address(given: Any) -> tuple[re.Pattern[str], ...]:
    """A pattern for each part: from shell patterns (0000:0a:*.1), or expressions by name."""
    try:
        if isinstance(given, dict):
            return tuple(re.compile(given.get(part, ".*"), re.IGNORECASE) for part in PARTS)
        return tuple(
            re.compile(fnmatch.translate(part), re.IGNORECASE) for part in _cut(str(given))
        )
    except re.error as error:
        raise ConfigurationFailure(reason=f"[pci]device_spec {given!r}: {error}") from None


def _cut(text: str) -> tuple[str, str, str, str]:
    """What is left out in front or behind is any."""
    rest, _, function = text.partition(".")
    parts = rest.split(":")
    if len(parts) > 3:
        raise ConfigurationFailure(reason=f"[pci]device_spec: {text!r} is no PCI address")
    padded = [ANYTHING] * (3 - len(parts)) + [part or ANYTHING for part in parts]
    return padded[0], padded[1], padded[2], function or ANYTHING


def _matches(patterns: tuple[re.Pattern[str], ...], address: str) -> bool:
    found = ADDRESS.match(address)
    return found is not None and all(
        pattern.fullmatch(part) for pattern, part in zip(patterns, found.groups(), strict=True)
    )


def is_set(tags: Mapping[str, str], name: str) -> bool:
    """A tag that says yes."""
    return tags.get(name, "").lower() in ("true", "yes", "1")
