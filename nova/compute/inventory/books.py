"""Who has which processors, memory pages and PCI devices of this host.

Servers that wish for such things get them here, before their guest is built, and
never what another has.  The record of the server says what it got, so that the
books can be opened again by the next process.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslo_config import cfg

from nova.clients.placement.contract import Resources
from nova.compute.inventory.devices import card_provider, provider_of
from nova.compute.inventory.processors import cells_of
from nova.compute.inventory.ratios import ratio
from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.objects.server import Instance
from nova.servers.errors import NoRoomOnHost
from nova.virt.contract import HostFacts, Inventory
from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.contract.numa import GuestNuma
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.mdev.choice import asked_classes, choose
from nova.virt.mdev.kept import mdevs_from, mdevs_to
from nova.virt.mdev.offers import classes_of
from nova.virt.mdev.offers import offers_of as mdev_offers_of
from nova.virt.pci.ledger import Ledger, ways
from nova.virt.pci.offers import Offered, is_set, offered, offers_of
from nova.virt.pci.wishes import PciWish, group_of, unclaimed, wishes_from_json, wishes_to_json
from nova.virt.topology.fit import Terms, place
from nova.virt.topology.holdings import Holdings
from nova.virt.topology.host import CellUse, used_by
from nova.virt.topology.kept import guest_from_json, guest_to_json
from nova.virt.topology.nearness import choices, wanted_cells

LOG = logging.getLogger(__name__)
NO_CELLS = "Requested instance NUMA topology cannot fit the given host NUMA topology"
NO_DEVICES = "Claim pci failed"
NO_MDEVS = "vGPU resource is not available"
Allocated = Mapping[str, Resources]


@dataclass(frozen=True)
class Held:
    """What one server has of a node."""

    node: str
    numa: GuestNuma | None
    devices: tuple[ClaimedDevice, ...]
    mdevs: tuple[ClaimedMdev, ...] = ()


def _nothing() -> Allocated:
    return {}


class HostBooks:
    """Thread-safe: claims are one after another."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, inventory: Inventory) -> None:
        self._conf = conf
        self._inventory = inventory
        self._lock = clock.lock()
        self._held: dict[str, Held] = {}
        self._missed: frozenset[str] = frozenset()
        # Of these we know better than their records, which are written later.
        self._met: set[str] = set()
        self._offers = offers_of(conf.pci.device_spec)
        self._mdev_classes = classes_of(mdev_offers_of(conf))
        self._heard: Callable[[], None] = lambda: None
        self._given: set[str] = set()
        if not conf.pci.report_in_placement and any(
            is_set(offer.tags, "one_time_use") for offer in self._offers
        ):
            raise ConfigurationFailure(
                reason="[pci]device_spec: one_time_use needs [pci]report_in_placement"
            )

    def watch(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def open(self, instances: Sequence[Instance]) -> None:
        """Believe the records of servers we have not met: at a start, and at every audit.
        What no record knows of for two audits is nobody's."""
        known = {i.uuid: held for i in instances if (held := _recorded(i)) is not None}
        listed = {i.uuid for i in instances}
        with self._lock:
            for uuid, held in known.items():
                if uuid not in self._met:
                    self._held[uuid] = held
            self._met = listed | set(self._held)
            absent = frozenset(self._held) - listed
            for uuid in absent & self._missed:
                LOG.warning("Server %s is not here; what it had is free", uuid)
                del self._held[uuid]
            self._missed = absent

    def claim(
        self,
        instance: Instance,
        mappings: Mapping[str, Sequence[str]],
        allocated: Callable[[], Allocated] = _nothing,
    ) -> dict[str, Any]:
        """Columns of the instance with what it got; {} when it wishes for nothing special.

        `mappings` are those of its claim in placement: providers by group; `allocated` tells
        the amounts by provider, and is asked only by who may have parts of devices.  Who has
        something here already keeps it.  Raises NoRoomOnHost.
        """
        numa = guest_from_json(instance.numa_topology)
        wishes = unclaimed(wishes_from_json(instance.pci_requests))
        amounts = allocated() if self._may_have_mdevs(instance) else {}
        if numa is None and not wishes and not amounts:
            return {}
        facts = self._inventory.facts(instance.node or self._inventory.nodes()[0])
        with self._lock:
            held = self._held.get(instance.uuid)
            if held is None or held.node != facts.node:
                self._held.pop(instance.uuid, None)
                held = self._fit(
                    self._books(facts), _unplaced(numa), wishes, facts.node, mappings
                )
                mdevs = self._mdevs_of(instance.uuid, facts, amounts)
                held = replace(held, mdevs=mdevs)
                self._held[instance.uuid] = held
                self._met.add(instance.uuid)
                self._given.update(device.address for device in held.devices)
        self._heard()
        found = {
            "numa_topology": guest_to_json(held.numa, instance.uuid),
            "pci_requests": wishes_to_json(_granted(wishes, held.devices)),
        }
        lines = mdevs_to(held.mdevs, instance.system_metadata)
        return found | ({"system_metadata": lines} if lines else {})

    def release(self, uuid: str) -> None:
        """Safe to repeat."""
        with self._lock:
            held = self._held.pop(uuid, None)
        if held is not None:
            self._heard()

    def of(self, facts: HostFacts) -> Holdings:
        """The present state of a node."""
        with self._lock:
            return self._books(facts)

    def devices(self) -> list[ClaimedDevice]:
        """All that somebody has."""
        with self._lock:
            return [device for held in self._held.values() for device in held.devices]

    def given(self) -> set[str]:
        """Addresses of devices that somebody got since this was last asked."""
        with self._lock:
            given, self._given = self._given, set()
            return given

    def held(self, uuid: str) -> Held | None:
        return self._held.get(uuid)

    def _books(self, facts: HostFacts) -> Holdings:
        mine = {uuid: held for uuid, held in self._held.items() if held.node == facts.node}
        cells = cells_of(self._conf, facts.cells)
        holders = {d.address: uuid for uuid, held in mine.items() for d in held.devices}
        return Holdings(
            cells=used_by(cells, (held.numa for held in mine.values() if held.numa)),
            ledger=Ledger(
                offered=self._offered(facts),
                taken=frozenset(holders),
                sockets={cell.id: cell.socket for cell in facts.cells},
            ),
            holders=holders,
        )

    def _may_have_mdevs(self, instance: Instance) -> bool:
        return bool(self._mdev_classes & asked_classes(instance.flavor.extra_specs))

    def _mdevs_of(
        self, uuid: str, facts: HostFacts, amounts: Allocated
    ) -> tuple[ClaimedMdev, ...]:
        """Of the devices whose providers placement gave it."""
        taken = [one for held in self._held.values() for one in held.mdevs]
        found: list[ClaimedMdev] = []
        for parent in facts.mdevs:
            provider = amounts.get(card_provider(facts.node, parent.name.lower()), {})
            count = provider.get(parent.resource_class, 0)
            chosen = choose(parent, count, taken, uuid) if count else ()
            if chosen is None:
                raise NoRoomOnHost(reason=NO_MDEVS)
            found += chosen
        return tuple(found)

    def _offered(self, facts: HostFacts) -> tuple[Offered, ...]:
        return offered(facts.pci_devices, self._offers)

    def _fit(
        self,
        books: Holdings,
        numa: GuestNuma | None,
        wishes: Sequence[PciWish],
        node: str,
        mappings: Mapping[str, Sequence[str]],
    ) -> Held:
        only = chosen_by_placement(node, mappings, wishes, books.ledger.offered)
        if numa is None:
            devices = books.ledger.choose(wishes, None, only)
            if devices is None:
                raise NoRoomOnHost(reason=NO_DEVICES)
            return Held(node, None, devices)
        placed_once = False
        for nodes in ways(books.ledger.nodes_for(wishes), len(numa.cells)):
            for placed in self._placings(numa, books.cells, frozenset(nodes)):
                placed_once = True
                at = [cell.host_cell for cell in placed.cells if cell.host_cell is not None]
                found = books.ledger.choose(wishes, at, only)
                if found is not None:
                    return Held(node, placed, found)
            if not placed_once:
                # With more demands there is no way either.
                raise NoRoomOnHost(reason=NO_CELLS)
        raise NoRoomOnHost(reason=NO_DEVICES)

    def _placings(
        self, numa: GuestNuma, cells: Sequence[CellUse], for_devices: frozenset[int]
    ) -> Iterator[GuestNuma]:
        """Ways that use the cells for devices, and are near the networks."""
        near = wanted_cells(numa.networks, numa.tunneled, cells)
        for among in choices(near, len(numa.cells), for_devices):
            placed = place(numa, cells, self._terms(), among=among)
            if placed is not None:
                yield placed

    def _terms(self) -> Terms:
        conf = self._conf
        return Terms(
            cpu_ratio=ratio(conf.cpu_allocation_ratio, conf.initial_cpu_allocation_ratio),
            memory_ratio=ratio(conf.ram_allocation_ratio, conf.initial_ram_allocation_ratio),
            packing=conf.compute.packing_host_numa_cells_allocation_strategy,
        )


def chosen_by_placement(
    node: str,
    mappings: Mapping[str, Sequence[str]],
    wishes: Sequence[PciWish],
    devices: Iterable[Offered],
) -> dict[str, Collection[str]]:
    """{request id: addresses} where placement chose the provider of a device: its groups
    are named after the alias."""
    at: dict[str, list[str]] = {}
    for one in devices:
        at.setdefault(provider_of(node, one.device), []).append(one.device.address)
    found: dict[str, Collection[str]] = {}
    for wish in wishes:
        name = group_of(wish.alias) if wish.alias else wish.request_id
        groups = [ids for suffix, ids in mappings.items() if suffix.startswith(f"{name}-")]
        if groups:
            found[wish.request_id] = {a for ids in groups for one in ids for a in at.get(one, ())}
    return found


def _recorded(instance: Instance) -> Held | None:
    numa = guest_from_json(instance.numa_topology)
    wishes = wishes_from_json(instance.pci_requests)
    devices = tuple(device for wish in wishes for device in wish.devices)
    placed = numa if numa is not None and numa.placed else None
    mdevs = mdevs_from(instance.system_metadata)
    if placed is None and not devices and not mdevs:
        return None
    return Held(instance.node or "", placed, devices, mdevs)


def _unplaced(numa: GuestNuma | None) -> GuestNuma | None:
    """As it was asked for; the size of pages that was chosen before stays."""
    if numa is None:
        return None
    cells = (
        replace(cell, host_cell=None, pins={}, reserved=frozenset(), core_threads=1)
        for cell in numa.cells
    )
    return replace(numa, cells=tuple(cells))


def _granted(
    wishes: Sequence[PciWish], devices: Sequence[ClaimedDevice]
) -> list[PciWish]:
    return [
        replace(wish, devices=tuple(d for d in devices if d.request_id == wish.request_id))
        for wish in wishes
    ]
