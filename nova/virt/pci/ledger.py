"""Which devices of a node are free, and which a wish gets."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from nova.virt.contract.pci import PHYSICAL, VDPA, ClaimedDevice, PciDevice
from nova.virt.pci.offers import Offered
from nova.virt.pci.wishes import PciWish, plain

# Properties of an alias that placement has judged already, or that are no matter of devices.
_NOT_OF_DEVICES = frozenset({"resource_class", "traits"})


@dataclass(frozen=True)
class Ledger:
    """`offered` are all devices for guests, `taken` the addresses that are somebody's.
    `sockets` maps memory nodes to their sockets."""

    offered: tuple[Offered, ...]
    taken: frozenset[str]
    sockets: Mapping[int, int | None]

    @property
    def free(self) -> list[Offered]:
        """A card with parts in use, and parts of a card in use, are not."""
        cards = {one.device.parent for one in self.offered if one.device.address in self.taken}
        return [
            one for one in self.offered
            if one.device.address not in self.taken | cards
            and one.device.parent not in self.taken
        ]

    def nodes_for(self, wishes: Sequence[PciWish]) -> list[int]:
        """Memory nodes that have devices one of the wishes would take."""
        return sorted({
            one.device.numa_node for one in self.free
            if one.device.numa_node is not None and any(takes(w, one) for w in wishes)
        })

    def choose(
        self,
        wishes: Sequence[PciWish],
        cells: Iterable[int] | None,
        only: Mapping[str, Collection[str]] | None = None,
    ) -> tuple[ClaimedDevice, ...] | None:
        """Devices for all wishes near the memory nodes `cells` (None: a guest without);
        None when there are not enough.  `only` binds wishes, by request id, to addresses."""
        near = None if cells is None else frozenset(cells)
        free, chosen = self.free, list[ClaimedDevice]()
        for wish in wishes:
            fitting = self._fitting(wish, free, near, (only or {}).get(wish.request_id))
            if len(fitting) < wish.count:
                return None
            got = fitting[: wish.count]
            chosen += [_claimed(one, wish) for one in got]
            free = _without(free, got)
        return tuple(chosen)

    def _fitting(
        self,
        wish: PciWish,
        free: Sequence[Offered],
        near: frozenset[int] | None,
        only: Collection[str] | None,
    ) -> list[Offered]:
        found = [
            one for one in free
            if takes(wish, one)
            and (only is None or one.device.address in only)
            and self._close(wish.policy, one.device.numa_node, near)
        ]
        return sorted(found, key=lambda one: (
            near is not None and one.device.numa_node not in near, one.device.address
        ))

    def _close(self, policy: str, node: int | None, near: frozenset[int] | None) -> bool:
        if near is None or policy == "preferred":
            return True
        if policy == "socket":
            sockets = {self.sockets.get(cell) for cell in near} - {None}
            return node is not None and self.sockets.get(node) in sockets
        if node is None:
            return policy == "legacy"
        return node in near


def ways(nodes: Sequence[int], most: int) -> Iterable[tuple[int, ...]]:
    """Sets of memory nodes a guest of `most` cells may be asked to use, small ones first."""
    for size in range(min(most, len(nodes)) + 1):
        yield from combinations(nodes, size)


def pools(
    ledger: Ledger, provider: Callable[[PciDevice], str] | None = None
) -> list[dict[str, Any]]:
    """Free devices counted by kind, as schedulers read them; and by `provider`, where
    placement counts devices: it is the tag rp_uuid then."""
    free = {one.device.address for one in ledger.free}
    counted: Counter[tuple[Any, ...]] = Counter()
    for one in ledger.offered:
        at = provider(one.device) if provider else None
        counted[_pool_key(one, at)] += one.device.address in free
    return [
        {"vendor_id": vendor, "product_id": product, "numa_node": node, "count": count,
         "tags": dict(tags)}
        for (vendor, product, node, tags), count in sorted(counted.items(), key=str)
    ]


def takes(wish: PciWish, offered: Offered) -> bool:
    """Whole cards, and devices kept for other uses, only when asked for by type."""
    found = properties(offered)
    if found["dev_type"] in (PHYSICAL, VDPA) and not _says(wish, "dev_type", found["dev_type"]):
        return False
    if found.get("remote_managed") == "true" and not _says(wish, "remote_managed", "true"):
        return False
    return any(
        all(found.get(key) == value for key, value in spec.items() if key not in _NOT_OF_DEVICES)
        for spec in wish.specs
    )


def properties(offered: Offered) -> dict[str, str]:
    device = offered.device
    tags = {key: plain(value) for key, value in offered.tags.items()}
    return tags | {
        "vendor_id": device.vendor_id,
        "product_id": device.product_id,
        "dev_type": device.kind,
        "address": device.address,
    }


def _says(wish: PciWish, key: str, value: str) -> bool:
    return any(spec.get(key) == value for spec in wish.specs)


def _pool_key(one: Offered, provider: str | None) -> tuple[Any, ...]:
    tags = {key: value for key, value in one.tags.items() if key not in _NOT_OF_DEVICES}
    tags["dev_type"] = one.device.kind
    if provider is not None:
        tags["rp_uuid"] = provider
    device = one.device
    return device.vendor_id, device.product_id, device.numa_node, tuple(sorted(tags.items()))


def _claimed(one: Offered, wish: PciWish) -> ClaimedDevice:
    device = one.device
    return ClaimedDevice(
        device.address, wish.request_id, device.kind, {**one.tags, **device.identity}, wish.alias,
        device.vendor_id, device.product_id,
    )


def _without(free: Sequence[Offered], got: Sequence[Offered]) -> list[Offered]:
    gone = {one.device.address for one in got}
    cards = {one.device.parent for one in got if one.device.parent}
    return [
        one for one in free
        if one.device.address not in gone | cards and one.device.parent not in gone
    ]
