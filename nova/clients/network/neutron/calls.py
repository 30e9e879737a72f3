"""Calls to the network service, and what its refusals mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.network.contract import NetworkRefused
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import Forbidden, NovaError

# Ids in one query string: longer ones are refused by servers in between.
IDS_PER_CALL = 120

Refusals = Mapping[str, Callable[[Answer], NovaError]]
Pairs = Sequence[tuple[str, str]]


class NeutronCalls:
    """`ServiceHttp` that speaks to the network service."""

    def __init__(self, http: ServiceHttp) -> None:
        self._http = http

    def send(
        self,
        context: RequestContext,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        as_user: bool = False,
        **ids: str,
    ) -> Answer:
        call = Call(method, path, ids, query, body, headers=headers or {})
        return self._http.send(context, call, as_user=as_user)

    def listed(
        self,
        context: RequestContext,
        collection: str,
        query: Pairs = (),
        *,
        as_user: bool = False,
    ) -> list[dict[str, Any]]:
        """All members of a collection ("ports", "security-groups"...) that match."""
        found: list[dict[str, Any]] = []
        for part in _in_parts(query):
            answer = self.send(context, "GET", f"/{collection}", query=part, as_user=as_user)
            if not answer.ok:
                raise refused(answer)
            found += answer.json()[collection.replace("-", "_")]
        return found


class Extensions:
    """What the network service can do beyond its core, asked again now and then."""

    def __init__(self, calls: NeutronCalls, clock: Clock, interval: float) -> None:
        self._calls = calls
        self._clock = clock
        self._interval = interval
        self._aliases: frozenset[str] = frozenset()
        self._until: float | None = None

    def has(self, context: RequestContext, alias: str) -> bool:
        now = self._clock.monotonic()
        if self._until is None or now >= self._until:
            found = self._calls.listed(context, "extensions")
            self._aliases = frozenset(one["alias"] for one in found)
            self._until = now + self._interval
        return alias in self._aliases


def error_type(answer: Answer) -> str:
    """The name the service gives to an error; "" when it gives none."""
    try:
        return str(answer.json()["NeutronError"]["type"])
    except (ValueError, KeyError, TypeError):
        return ""


def refused(answer: Answer, known: Refusals | None = None) -> NovaError:
    """The error that stands for an answer; `known` is by the service's own name."""
    make = (known or {}).get(error_type(answer))
    if make is not None:
        return make(answer)
    if answer.status == 403:
        return Forbidden()
    return NetworkRefused(reason=reason(answer))


def repeated(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """One condition that any of the values satisfies."""
    return [(name, value) for value in dict.fromkeys(values)]


def _in_parts(query: Pairs) -> Iterator[Pairs]:
    """A query whose longest condition has too many values, cut into several."""
    names = [name for name, _ in query]
    longest = max(names, key=names.count, default="")
    many = [pair for pair in query if pair[0] == longest]
    rest = [pair for pair in query if pair[0] != longest]
    for start in range(0, len(many) or 1, IDS_PER_CALL):
        yield [*rest, *many[start : start + IDS_PER_CALL]]
