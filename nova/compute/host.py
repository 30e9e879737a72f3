"""nova-compute's life: start, keep house, stop."""

import logging
import uuid as uuids
from collections.abc import Callable, Mapping
from typing import Any

from nova.compute.endpoint import ComputeEndpoint
from nova.compute.external_events import ExternalEvents
from nova.compute.inventory.provider import ProviderReport
from nova.compute.inventory.stock import Stock
from nova.compute.lifecycle import Lifecycle
from nova.compute.performer import Performer
from nova.compute.plugs import PortPlugs
from nova.compute.upkeep import claims, image_cache
from nova.compute.upkeep.house import Upkeep, interval
from nova.compute.upkeep.own_work import OwnWork
from nova.context import admin_context
from nova.core.action import Action
from nova.core.health import answers
from nova.core.periodic import Chores, Periodic
from nova.errors import Unavailable
from nova.objects.host import ComputeNode, Service
from nova.objects.reporting import SERVICE_VERSION
from nova.objects.server import Instance, Operation
from nova.rpc.contract import COMPUTE, Address, Bus, Serving
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)
# Seconds in which changes are told together; rows tell their age in whole seconds.
TOGETHER = 1.5


class ComputeHost:
    """`actions` by kind; `identity` names the process among all that ever ran here."""

    def __init__(
        self,
        seams: HostSeams,
        bus: Bus,
        plugs: PortPlugs,
        actions: Mapping[str, Action],
        identity: str | None = None,
    ) -> None:
        self._seams = seams
        self._bus = bus
        self.owner = f"compute:{seams.host}:{identity or uuids.uuid4().hex[:8]}"
        self._loops = Periodic(seams.clock)
        self._pulse = Periodic(seams.clock)
        self._performer = Performer(seams, self.owner, actions, self._pulse)
        work = OwnWork(seams, actions, self._performer.submit)
        self._lifecycle = Lifecycle(seams, self._performer, work, self._loops)
        self._upkeep = Upkeep(seams, work, self._performer.aside)
        self._cut_off = False
        self._plugs = plugs
        self._endpoint = ComputeEndpoint(
            seams, self._performer, plugs,
            ExternalEvents(seams, plugs, self._performer, work), actions,
            {
                "uptime": self._uptime,
                "cache_images": lambda image_ids: image_cache.precache(seams, image_ids),
            },
        )
        self._stock = Stock(seams, ProviderReport(seams.conf, seams.clock, seams.placement))
        self._reporting = seams.clock.lock()
        self._telling = False
        self._serving: Serving | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._service: Service | None = None

    def start(self) -> None:
        """Register, tell placement, settle what was open, then take work.

        Waits for the conductor as long as it takes: a host that starts before its
        cloud is not an error.
        """
        service, nodes, instances, operations = self._patiently(self._register)
        self._service = service
        self._seams.nodes.update({node.hypervisor_hostname: node for node in nodes})
        self._patiently(lambda: self._tell_placement(nodes))
        self._patiently(self._upkeep.remove_strays)
        self._patiently(lambda: self._upkeep.settle(instances, operations))
        self._patiently(lambda: self._report_use(instances))
        self._serving = self._bus.serve(Address(COMPUTE, self._seams.host), self._endpoint)
        for operation in operations:
            self._take_up(operation)
        self._subscribe()
        self._seams.books.watch(self._books_changed)
        self._keep_house()
        LOG.info("nova-compute of host %s is ready", self._seams.host)

    def stop(self) -> None:
        """Take no more; finish what is under way, within the configured time.

        The heart beats until the end: what is being finished stays ours.
        """
        self._loops.stop()
        self._unsubscribe()
        if self._serving is not None:
            self._serving.stop()
        self._performer.close(float(self._seams.conf.manager_shutdown_timeout))
        self._pulse.stop()
        self._seams.driver.close()

    def health(self) -> dict[str, str]:
        """{part: 'ok' or the reason it is not}."""
        return {
            "broker": answers(self._bus.ping),
            "hypervisor": answers(self._seams.driver.inventory.alive),
        }

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        while True:
            try:
                return ask()
            except Unavailable as error:
                LOG.warning("Cannot start yet: %s", error)
                if self._loops.pause(2.0):
                    raise

    def _register(self) -> Any:
        service = Service(
            host=self._seams.host, binary="nova-compute", topic=COMPUTE, version=SERVICE_VERSION
        )
        return self._seams.store.start(service, self._nodes([]), self.owner)

    def _nodes(self, instances: list[Instance]) -> list[ComputeNode]:
        return self._stock.nodes(instances, self._performer.failed_builds)

    def _report_use(self, instances: list[Instance]) -> None:
        """What servers use here is not known before their host is."""
        if instances:
            self._seams.books.open(instances)
            self._stock.report(self._nodes(instances))

    def _tell_placement(self, nodes: list[ComputeNode]) -> None:
        disabled = bool(self._service and self._service.disabled)
        self._stock.tell_placement(nodes, disabled=disabled)

    def _take_up(self, operation: Operation) -> None:
        self._performer.submit(
            admin_context(operation.request_id), operation.id, operation.instance_uuid
        )

    def _subscribe(self) -> None:
        events = self._seams.driver.events
        if events is not None and self._seams.conf.workarounds.handle_virt_lifecycle_events:
            self._unsubscribe = events.subscribe(self._lifecycle.heard)

    def _keep_house(self) -> None:
        conf = self._seams.conf
        self._pulse.every("heartbeat", conf.report_interval, self._heartbeat)
        chores = Chores(self._loops, conf)
        chores.every("resources", interval(conf.update_resources_interval), self._resources)
        self._upkeep.keep(chores, self._loops)
        chores.every("image cache", interval(conf.image_cache.manager_interval),
                     lambda: image_cache.tend(self._seams))

    def _heartbeat(self) -> None:
        try:
            waiting = self._seams.store.report(
                self._seams.host, self.owner, self._performer.active()
            )
        except Unavailable:
            self._cut_off = True
            raise
        if self._cut_off:
            # Servers of ours may have been ended, or built elsewhere, without us.
            self._upkeep.remove_strays()
            self._cut_off = False
        for operation_id, instance_uuid in waiting:
            self._performer.submit(admin_context(), operation_id, instance_uuid)

    def _resources(self) -> None:
        nodes = self._report_nodes()
        self._service = self._seams.store.service(self._seams.host)
        self._tell_placement(nodes)
        claims.drop_orphans(self._seams)

    def _report_nodes(self) -> list[ComputeNode]:
        """One after another, so that the last word is the newest."""
        with self._reporting:
            instances = self._seams.store.instances(self._seams.host)
            self._seams.books.open(instances)
            nodes = self._nodes(instances)
            self._stock.report(nodes)
            return nodes

    def _books_changed(self) -> None:
        """Schedulers want to know soon who has which processors and devices."""
        if not self._telling:
            self._telling = True
            self._seams.clock.spawn("stock", self._report_soon)

    def _report_soon(self) -> None:
        self._loops.pause(TOGETHER)
        self._telling = False
        try:
            self._report_nodes()
        except Unavailable as error:
            LOG.info("The next audit will tell: %s", error)

    def _uptime(self) -> str | None:
        inventory = self._seams.driver.inventory
        return inventory.uptime(inventory.nodes()[0])
