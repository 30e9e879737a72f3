"""Asking what the samples ask."""

from collections.abc import Mapping
from typing import Any

import webob

from nova.objects.store.errors import DatabaseUnavailable
from tests.api.samples.bodies import body_of
from tests.api.samples.living import Living, is_living, living_place
from tests.api.samples.paths import path_of
from tests.api.samples.sample import Sample, samples
from tests.api.samples.servers import SHOWN, a_server
from tests.api.samples.world import Place, given_for, new_place

# What an address is asked with; names stand for what is known.
QUERIES: Mapping[str, str] = {
    "hypervisors-with-servers": "with_servers=true&hypervisor_hostname_pattern=host1",
    "hypervisors-detail-with-servers": "with_servers=true&hypervisor_hostname_pattern=host1",
    "hypervisors-show-with-servers": "with_servers=true",
    "simple-tenant-usage-get-detail": "detailed=1",
    "simple-tenant-usage-get-all": "detailed=1",
    "migrations-get-with-marker": "marker=30000000-0000-4000-8000-000000000003&status=running",
    "migrations-get-with-changes-since": "migration_type=resize",
    "migrations-get-with-changes-before": "status=running",
}


class Replay:
    """Keeps the worlds that were made, until it is closed."""

    def __init__(self) -> None:
        self._places: dict[Any, Place] = {}
        self._answers: dict[str, webob.Response] = {}

    def close(self) -> None:
        for place in self._places.values():
            if isinstance(place.world, Living):
                place.world.stop()

    def answer(self, name: str) -> webob.Response:
        """What is answered; asked once for the request and the answer of a pair."""
        sample = samples()[name]
        if not sample.is_request and "request" in sample.row:
            return self.answer(sample.row["request"])
        if name not in self._answers:
            self._answers[name] = self._asked(sample)
        return self._answers[name]

    def _asked(self, sample: Sample) -> webob.Response:
        place = self._place(sample)
        path = path_of(place, sample)
        query = _query(place, sample)
        body = body_of(place, sample) if sample.is_request else None
        return place.world.ask(
            sample.method, f"{path}?{query}" if query else path, json=body,
            who=sample.who, version=sample.row["version"],
        )

    def _place(self, sample: Sample) -> Place:
        living = is_living(sample)
        key: Any = "living" if living else _situation(sample)
        if key not in self._places:
            self._places[key] = living_place() if living else _prepared(sample)
        return self._places[key]


def _situation(sample: Sample) -> Any:
    """Those in the same one are asked of the same world."""
    if sample.row["route"] == "gone":
        return "gone"
    if sample.method != "GET":
        return "servers" if _has_its_own(sample) else sample.group
    if _dark(sample) or sample.short in SHOWN:
        return sample.name
    family = given_for(sample.path) or ("moving" if "/migrations" in sample.path else "")
    return "GET", family


def _has_its_own(sample: Sample) -> bool:
    """Whether it is asked of a server that no other is asked of."""
    return sample.path.startswith("/servers/{id}") and given_for(sample.path) is None


def _dark(sample: Sample) -> bool:
    """Whether a cell does not answer: little is known of what is in it."""
    return sample.method == "GET" and ("v2.69/" in sample.name or "down-cell" in sample.name)


def _prepared(sample: Sample) -> Place:
    place = new_place(sample)
    if sample.method == "GET" and "server" not in place.known and "audit_log" not in sample.path:
        a_server(place, sample)
    if _dark(sample):
        place.world.cell.instances._database.read = _nothing
    return place


def _nothing(work: Any) -> Any:
    raise DatabaseUnavailable(service="The database", reason="away")


def _query(place: Place, sample: Sample) -> str:
    asked = [QUERIES[sample.short]] if sample.short in QUERIES else []
    return "&".join([*asked, *(["limit=1"] if sample.pages else [])])
