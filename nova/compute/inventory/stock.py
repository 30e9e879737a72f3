"""Taking stock: what this host has and what is in use, for everybody to see."""

import uuid as uuids
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from nova.compute.inventory.abreast import abreast
from nova.compute.inventory.card_claims import CardClaims
from nova.compute.inventory.devices import ONCE, CardProvider, cards, part_provider, row_of
from nova.compute.inventory.nodes import node_of, used_by
from nova.compute.inventory.provider import ProviderReport
from nova.compute.monitors.gathering import monitors_of
from nova.compute.upkeep import image_cache
from nova.context import admin_context
from nova.objects.host import ComputeNode, HostDevice
from nova.objects.server import Instance
from nova.seams import HostSeams
from nova.virt.topology.holdings import Holdings

T = TypeVar("T")
R = TypeVar("R")
NAMESPACE = uuids.UUID("6f0bd7a4-6b0e-4d3b-8a0e-2f9f4ad8f2f4")


class Stock:
    def __init__(self, seams: HostSeams, report: ProviderReport) -> None:
        self._seams = seams
        self._report = report
        self._monitors = monitors_of(seams)
        self._told: dict[str, list[HostDevice]] = {}
        # Devices for one time that were given away, until placement knows.
        self._given: set[str] = set()
        self._claims = CardClaims(seams.placement)
        self._settled: frozenset[str] = frozenset()

    def nodes(self, instances: Sequence[Instance], failed_builds: int) -> list[ComputeNode]:
        """The nodes with what these servers use of them."""
        metrics = self._monitors.metrics()
        self._settled = frozenset(i.uuid for i in instances if not i.task_state)
        living: dict[str | None, list[Instance]] = defaultdict(list)
        for instance in instances:
            living[instance.node].append(instance)
        return self._abreast(
            lambda name: self._node(name, living.get(name, ()), failed_builds, metrics),
            self._seams.driver.inventory.nodes(),
        )

    def report(self, nodes: Sequence[ComputeNode]) -> None:
        """To the cell, where schedulers and operators look."""
        self._seams.store.report_nodes(nodes)
        for node in nodes if self._seams.conf.pci.device_spec else ():
            devices = self._devices(node)
            if self._told.get(node.uuid) != devices:
                self._seams.store.report_devices(node.uuid, devices)
                self._told[node.uuid] = devices
            if self._lately_given():
                self._keep_used(node)

    def tell_placement(self, nodes: Sequence[ComputeNode], *, disabled: bool) -> None:
        given = self._lately_given()
        self._abreast(lambda node: self._tell(node, given, disabled=disabled), nodes)
        self._given -= given
        self._report.warn_of_strangers()

    def _tell(self, node: ComputeNode, given: frozenset[str], *, disabled: bool) -> None:
        name = node.hypervisor_hostname
        self._report.tell(
            admin_context(), node, self._seams.driver.traits(name), disabled,
            self._cards(node, given), image_cache.reserved_gb(self._seams),
        )
        if self._seams.conf.pci.report_in_placement:
            self._claims.heal(admin_context(), name, self._holdings(node), self._settled)

    def _abreast(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        most = self._seams.conf.compute.update_resources_max_workers
        return abreast(self._seams.clock, most, work, items)

    def _node(
        self, name: str, instances: Sequence[Instance], failed_builds: int,
        metrics: Sequence[Mapping[str, Any]],
    ) -> ComputeNode:
        seams = self._seams
        facts = seams.driver.inventory.facts(name)
        return node_of(
            seams.conf, seams.host, facts, self._id(name), used_by(instances), failed_builds,
            seams.books.of(facts), metrics,
        )

    def _id(self, node: str) -> str:
        known = self._seams.nodes.get(node)
        return known.uuid if known else str(uuids.uuid5(NAMESPACE, f"{self._seams.host}/{node}"))

    def _devices(self, node: ComputeNode) -> list[HostDevice]:
        holdings = self._holdings(node)
        free = {one.device.address for one in holdings.ledger.free}
        wishes = {d.address: d.request_id for d in self._seams.books.devices()}
        return [
            row_of(one, holdings.holders.get(one.device.address), free, wishes)
            for one in holdings.ledger.offered
        ]

    def _lately_given(self) -> frozenset[str]:
        self._given |= self._seams.books.given()
        return frozenset(self._given)

    def _cards(
        self, node: ComputeNode, given: frozenset[str]
    ) -> dict[str, CardProvider] | None:
        """Devices, and other parts of the node that placement counts; None: neither."""
        parts = self._seams.driver.inventory.facts(node.hypervisor_hostname).parts
        found = {card.address: card for card in map(part_provider, parts)}
        if not self._seams.conf.pci.report_in_placement:
            return found or None
        ledger = self._holdings(node).ledger
        return found | cards(ledger.offered, ledger.taken | given)

    def _holdings(self, node: ComputeNode) -> Holdings:
        facts = self._seams.driver.inventory.facts(node.hypervisor_hostname)
        return self._seams.books.of(facts)

    def _keep_used(self, node: ComputeNode) -> None:
        """What is for one time is kept from others at once: its server may be gone soon."""
        wanted = self._cards(node, self._lately_given()) or {}
        if any(ONCE in card.traits for card in wanted.values()):
            self._report.tell_cards(admin_context(), node, wanted)
