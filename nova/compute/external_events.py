"""What other services tell a host of its servers, and what each of it means here."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nova.clients.network.contract import vifs_from_json
from nova.compute.performer import Performer
from nova.compute.plugs import PortPlugs
from nova.compute.upkeep import networks
from nova.compute.upkeep.own_work import OwnWork
from nova.core.states import Transition
from nova.objects.server import Instance
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)

PLUGGED, CHANGED, DELETED = "network-vif-plugged", "network-changed", "network-vif-deleted"
# Whatever is done to the server: the work for one server waits for its turn.
ANY_TIME = Transition(tasks=None, launched_only=False)
Event = Mapping[str, Any]


class ExternalEvents:
    """Names that are not handled tell somebody who waits, and nobody here does: a port
    that was unplugged, an accelerator that was bound, a volume that has another size or
    content, a machine that somebody turned on (its power is compared with its record
    at intervals)."""

    def __init__(
        self, seams: HostSeams, plugs: PortPlugs, performer: Performer, work: OwnWork
    ) -> None:
        self._seams = seams
        self._plugs = plugs
        self._performer = performer
        self._work = work

    def heard(self, events: Sequence[Event]) -> None:
        for event in events:
            if event["name"] == PLUGGED:
                failed = event.get("status", "completed") == "failed"
                self._plugs.tell(event["instance_uuid"], event["tag"], failed)
            elif event["name"] not in (CHANGED, DELETED):
                LOG.info("Nobody here waits for %s", dict(event))
        left = self._unplug([one for one in events if one["name"] == DELETED])
        changed = {one["instance_uuid"] for one in events if one["name"] == CHANGED} | left
        if changed:
            networks.refresh(self._seams, changed, known_only=True)

    def _unplug(self, events: Sequence[Event]) -> set[str]:
        """The guests of deleted ports lose their interfaces, if we did not delete them; the
        servers that have to be looked at instead."""
        gone = {(one["instance_uuid"], one.get("tag") or "") for one in events}
        if not gone:
            return set()
        left = set()
        for instance, port_id in self._attached(gone):
            if self._seams.driver.hotplug is None:
                left.add(instance.uuid)
            elif not self._performer.works_on(instance.uuid):
                arguments = {"port_id": port_id}
                self._work.begin("detach_interface", instance, ANY_TIME, arguments=arguments)
        return left

    def _attached(self, gone: set[tuple[str, str]]) -> Iterable[tuple[Instance, str]]:
        for instance in self._seams.store.instances(self._seams.host):
            for vif in vifs_from_json(instance.network_info):
                if (instance.uuid, vif.port_id) in gone:
                    yield instance, vif.port_id
