"""Keeping what we know of servers' ports true to the network service."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from nova.clients.network.contract import vifs_from_json, vifs_to_json
from nova.context import admin_context
from nova.objects.server import Instance
from nova.objects.store.errors import StateConflict
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)
ATTEMPTS = 3


def refresh(
    seams: HostSeams, uuids: Iterable[str] | None = None, *, known_only: bool = False
) -> None:
    """Ask for the ports of these servers (None: all of this host) with a constant number
    of calls, and write those that changed.  Servers being worked on are left alone.

    `known_only`: ports that the record does not know are not the server's yet; somebody
    may be about to attach them.
    """
    wanted = None if uuids is None else set(uuids)
    for _attempt in range(ATTEMPTS):
        idle = [
            instance
            for instance in seams.store.instances(seams.host)
            if instance.task_state is None and (wanted is None or instance.uuid in wanted)
        ]
        wanted = set(_write(seams, idle, known_only)) if idle else set()
        if not wanted:
            return


def _write(seams: HostSeams, instances: Sequence[Instance], known_only: bool) -> Iterator[str]:
    """Those that somebody else changed meanwhile: an interface came or went."""
    known = {one.uuid: vifs_from_json(one.network_info) for one in instances}
    now = seams.network.info_of_many(admin_context(), known)
    for instance in instances:
        seen = now.get(instance.uuid, ())
        if known_only:
            before = {vif.port_id for vif in known[instance.uuid]}
            seen = tuple(vif for vif in seen if vif.port_id in before)
        if list(seen) == list(known[instance.uuid]):
            continue
        LOG.info("The ports of server %s changed", instance.uuid)
        try:
            seams.store.update_instance(
                instance.uuid, {"network_info": vifs_to_json(seen)},
                {"task_state": None, "network_info": instance.network_info},
            )
        except StateConflict:
            LOG.info("Server %s changes; its ports are looked at again", instance.uuid)
            yield instance.uuid
