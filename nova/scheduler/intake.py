"""Requests as they come in, with the groups and servers they name looked up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nova.core.clock import Clock
from nova.core.hearing import Hearing
from nova.objects.cloud import RequestSpec, ServerGroup
from nova.objects.group_rules import HARD, whereabouts
from nova.objects.store import Stores
from nova.objects.store.errors import ServerGroupNotFound
from nova.scheduler.filters.hinted_hosts import DIFFERENT, SAME
from nova.scheduler.hosts import NOTHING
from nova.scheduler.pci import Aliases
from nova.scheduler.plan import Placing
from nova.scheduler.request import GroupView, Request, hint_lists, read
from nova.scheduler.whereabouts import Whereabouts


class Intake:
    """A plain request is read without any statement; a group costs two and one a cell, hints
    that name servers one a cell."""

    def __init__(
        self, clock: Clock, stores: Stores, whereabouts: Whereabouts,
        aliases: Aliases = NOTHING, hearing: Hearing | None = None,
    ) -> None:
        self._clock, self._stores, self._whereabouts = clock, stores, whereabouts
        self._aliases = aliases
        self._hearing = hearing or Hearing(clock)

    def read(self, specs: Sequence[RequestSpec]) -> list[Request]:
        """Of specs that are alike but for their server."""
        first, now = specs[0], self._clock.now()
        group = self._group(first)
        neighbours = self._whereabouts.known(group.members if group else ())
        named = named_servers(first)
        if named:
            neighbours |= self._whereabouts.known(named)
        view = None if group is None else self._view(group, neighbours)
        return [
            read(spec, now, view, neighbours or NOTHING, self._aliases, self._hearing.grace)
            for spec in specs
        ]

    def with_recent(self, requests: Sequence[Request]) -> list[Request]:
        """The requests once what was decided since they were read is counted in."""
        first = requests[0]
        servers = [*named_servers(first.spec), *(first.group.everyone if first.group else ())]
        hosts = self._whereabouts.recent(servers) if servers else {}
        return [request.beside(hosts) for request in requests]

    def settle(self, placings: Sequence[Placing]) -> bool:
        """Whether their group, of whatever scheduler, lets them be where they are to go; it is
        written down."""
        group = placings[0].request.group
        if group is None or not group.binds:
            return True
        places = {one.request.server: one.chosen.host.host for one in placings}
        groups, since = self._stores.api.groups, self._whereabouts.since
        return groups.settle(group.uuid, places, group.known, since)

    def unsettle(self, placings: Sequence[Placing]) -> None:
        bound = [one.request.server for one in placings
                 if one.request.group is not None and one.request.group.binds]
        if bound:
            self._stores.api.groups.unsettle(bound)

    def _view(self, group: ServerGroup, hosts: Mapping[str, str]) -> GroupView:
        known = {server: hosts[server] for server in group.members if server in hosts}
        decided = (self._stores.api.groups.decided(group.uuid, self._whereabouts.since)
                   if group.policy in HARD else {})
        members, leaving = whereabouts(known, decided)
        return GroupView(group.uuid, group.policy, group.rules or {}, members, leaving, known,
                         tuple(group.members))

    def _group(self, spec: RequestSpec) -> ServerGroup | None:
        if not spec.group:
            return None
        try:
            return self._stores.api.groups.get(spec.group)
        except ServerGroupNotFound:
            # It was deleted while its server waits: its rule is gone with it.
            return None


def named_servers(spec: RequestSpec) -> list[str]:
    hints = hint_lists(spec.hints or {})
    return [uuid for name in (DIFFERENT, SAME) for uuid in hints.get(name, ())]


def alike(specs: Sequence[RequestSpec]) -> list[list[RequestSpec]]:
    """Specs in groups that differ in nothing but the server; in order."""
    if len(specs) < 2:
        return [list(specs)]
    found: dict[str, list[RequestSpec]] = {}
    for spec in specs:
        found.setdefault(_shape(spec), []).append(spec)
    return list(found.values())


def _shape(spec: RequestSpec) -> str:
    primitive: dict[str, Any] = spec.obj_to_primitive()
    data = {k: v for k, v in primitive["nova_object.data"].items() if k != "instance_uuid"}
    return json.dumps(data, sort_keys=True, default=str)
