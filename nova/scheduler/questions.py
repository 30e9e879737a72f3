"""Questions that change nothing: where would it go, how many fit, who would be left over."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from nova.context import RequestContext
from nova.objects.cloud import RequestSpec
from nova.objects.server import Instance
from nova.objects.store import CellStore, Page, Stores
from nova.objects.store.cell import InstanceFilter
from nova.scheduler.decision import Decisions
from nova.scheduler.errors import NoValidHost
from nova.scheduler.intake import alike
from nova.scheduler.trial import Trial, reasons, shown


class Questions:
    def __init__(self, stores: Stores, decisions: Decisions) -> None:
        self._stores, self._decisions = stores, decisions

    def where(self, context: RequestContext, specs: Sequence[RequestSpec]) -> dict[str, Any]:
        """{'placed': [place]} in the order of `specs`, or {'placed': [], 'reason', 'hosts'}."""
        trial = Trial(self._decisions)
        found: dict[str, dict[str, Any]] = {}
        try:
            for batch in alike(specs):
                places = trial.place_all(context, batch)
                found.update((spec.instance_uuid, shown(place))
                             for spec, place in zip(batch, places, strict=True))
        except NoValidHost as refusal:
            return {"placed": [], **reasons(refusal)}
        return {"placed": [found[spec.instance_uuid] for spec in specs]}

    def how_many(self, context: RequestContext, spec: RequestSpec, most: int) -> dict[str, Any]:
        """{'count', 'by_host': {host: count}, 'most', 'reason' and 'hosts' unless `most` fit}."""
        counts, refusal = Trial(self._decisions).fill(context, _copies(spec, most))
        told = {"count": sum(counts.values()), "by_host": counts, "most": most}
        return told if refusal is None else told | reasons(refusal)

    def without(self, context: RequestContext, hosts: Sequence[str]) -> dict[str, Any]:
        """Where the servers of `hosts` would go if those were gone:
        {'placed': [place with 'server'], 'left_over': [{'server', 'reason', 'hosts'}]}."""
        uuids = [one.uuid for one in self._servers_on(hosts)]
        specs = self._stores.api.specs.of(uuids)
        trial = Trial(self._decisions, leaving=frozenset(hosts))
        told: dict[str, list[dict[str, Any]]] = {"placed": [], "left_over": [
            {"server": one, "reason": "What was asked for it is not known.", "hosts": []}
            for one in uuids if one not in specs
        ]}
        known = [_moving(specs[one], hosts) for one in uuids if one in specs]
        for batch in alike(known) if known else ():
            for server, answer in trial.place_each(context, batch).items():
                refused = isinstance(answer, NoValidHost)
                what = reasons(answer) if isinstance(answer, NoValidHost) else shown(answer)
                told["left_over" if refused else "placed"].append({"server": server, **what})
        return told

    def _servers_on(self, hosts: Sequence[str]) -> Iterator[Instance]:
        """Oldest first, of all cells that answer."""
        wanted = InstanceFilter(exact={"host": list(hosts)}, include_hidden=True)

        def ask(cell: CellStore) -> list[Instance]:
            return cell.instances.find(wanted, Page(), detail=False)

        for answer in self._stores.each(ask).values():
            if not isinstance(answer, list):
                raise answer
            yield from answer


def _copies(spec: RequestSpec, count: int) -> Iterator[RequestSpec]:
    for _ in range(count):
        twin: RequestSpec = spec.obj_clone()
        twin.instance_uuid = str(uuid.uuid4())
        yield twin


def _moving(spec: RequestSpec, hosts: Sequence[str]) -> RequestSpec:
    """As it was asked for, but for the hosts; who was forced there has to leave all the same."""
    twin: RequestSpec = spec.obj_clone()
    twin.ignore_hosts = sorted({*(spec.ignore_hosts or ()), *hosts})
    twin.force_hosts, twin.force_nodes = [], []
    twin.requested_host = twin.requested_node = None
    return twin
