"""Who holds what."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nova.clients.http import Answer, reason
from nova.clients.placement.contract import (
    INSTANCE,
    Allocation,
    Consumer,
    GenerationConflict,
    NotEnoughRoom,
    PlacementRefused,
    Resources,
)
from nova.clients.placement.rest.calls import (
    ALLOCATIONS,
    ATTEMPTS,
    CONCURRENT_UPDATE,
    PROVIDERS,
    USAGES,
    USAGES_UNTYPED,
    PlacementCalls,
    code,
)
from nova.context import RequestContext

ONE = "/allocations/{consumer}"


class RestAllocations:
    def __init__(self, calls: PlacementCalls) -> None:
        self._calls = calls

    def get(self, context: RequestContext, consumer_id: str) -> Allocation:
        body = self._calls.read(context, ONE, ALLOCATIONS, consumer=consumer_id)
        return _read(consumer_id, body)

    def claim(self, context: RequestContext, allocation: Allocation) -> None:
        def write() -> Answer:
            body, consumer = to_body(allocation), allocation.consumer.consumer_id
            return self._calls.send(context, "PUT", ONE, ALLOCATIONS, body=body, consumer=consumer)

        self._write(context, [allocation], write)

    def change(self, context: RequestContext, allocations: Sequence[Allocation]) -> None:
        wanted = [one for one in allocations if one or one.consumer.generation is not None]
        if not wanted:
            return
        body = {one.consumer.consumer_id: to_body(one) for one in wanted}

        def write() -> Answer:
            return self._calls.send(context, "POST", "/allocations", ALLOCATIONS, body=body)

        self._write(context, wanted, write)

    def amend(
        self,
        context: RequestContext,
        consumer_id: str,
        edit: Callable[[Allocation], Allocation],
    ) -> Allocation:
        for attempt in range(ATTEMPTS):
            wanted = edit(self.get(context, consumer_id))
            try:
                self.change(context, [wanted])
            except GenerationConflict:
                if attempt == ATTEMPTS - 1:
                    raise
                self._calls.pause(attempt)
            else:
                return wanted
        raise AssertionError("unreachable")

    def delete(self, context: RequestContext, consumer_id: str) -> bool:
        answer = self._calls.send(context, "DELETE", ONE, ALLOCATIONS, consumer=consumer_id)
        if not answer.ok and answer.status != 404:
            raise _refused([consumer_id], answer)
        return answer.ok

    def of_provider(self, context: RequestContext, provider_id: str) -> dict[str, Resources]:
        path = "/resource_providers/{provider}/allocations"
        body = self._calls.read(context, path, PROVIDERS, provider=provider_id)
        return {consumer: one["resources"] for consumer, one in body["allocations"].items()}

    def of_project(
        self,
        context: RequestContext,
        project_id: str,
        user_id: str | None = None,
        consumer_type: str | None = None,
    ) -> dict[str, int]:
        query = [("project_id", project_id)]
        query += [("user_id", user_id)] if user_id else []
        query += [("consumer_type", consumer_type)] if consumer_type else []
        version = USAGES if consumer_type else USAGES_UNTYPED
        usages = self._calls.read(context, "/usages", version, query=query)["usages"]
        amounts = usages.get(consumer_type, {}) if consumer_type else usages
        return {name: amount for name, amount in amounts.items() if name != "consumer_count"}

    def _write(
        self,
        context: RequestContext,
        wanted: Sequence[Allocation],
        write: Callable[[], Answer],
    ) -> None:
        """Write, and when another writer was faster find out what that means.

        A conflict may be our own earlier write (its answer was lost), a change
        of these consumers (ours to report), or a race over the providers (to
        be tried again).
        """
        ids = [one.consumer.consumer_id for one in wanted]
        for attempt in range(ATTEMPTS):
            answer = write()
            if answer.ok:
                return
            if answer.status != 409 or code(answer) != CONCURRENT_UPDATE:
                raise _refused(ids, answer)
            found = [self.get(context, consumer_id) for consumer_id in ids]
            if all(_same(*pair) for pair in zip(found, wanted, strict=True)):
                return
            if any(_moved_on(*pair) for pair in zip(found, wanted, strict=True)):
                break
            self._calls.pause(attempt)
        raise GenerationConflict(subject=", ".join(ids), reason=reason(answer))


def to_body(allocation: Allocation) -> dict[str, Any]:
    consumer = allocation.consumer
    body: dict[str, Any] = {
        "allocations": {
            provider: {"resources": dict(amounts)}
            for provider, amounts in allocation.resources.items()
        },
        "project_id": consumer.project_id,
        "user_id": consumer.user_id,
        "consumer_generation": consumer.generation,
        "consumer_type": consumer.kind or INSTANCE,
    }
    if allocation.mappings:
        body["mappings"] = {suffix: list(ids) for suffix, ids in allocation.mappings.items()}
    return body


def _read(consumer_id: str, body: Mapping[str, Any]) -> Allocation:
    kind = body.get("consumer_type")
    consumer = Consumer(
        consumer_id,
        body.get("project_id"),
        body.get("user_id"),
        None if kind == "unknown" else kind,
        body.get("consumer_generation"),
    )
    held = {provider: one["resources"] for provider, one in body["allocations"].items()}
    return Allocation(consumer, held)


def _same(found: Allocation, wanted: Allocation) -> bool:
    held = {provider: dict(amounts) for provider, amounts in found.resources.items()}
    return held == {provider: dict(amounts) for provider, amounts in wanted.resources.items()}


def _moved_on(found: Allocation, wanted: Allocation) -> bool:
    return found.consumer.generation != wanted.consumer.generation


def _refused(consumer_ids: Sequence[str], answer: Answer) -> NotEnoughRoom | PlacementRefused:
    if answer.status == 409:
        return NotEnoughRoom(consumer_id=", ".join(consumer_ids), reason=reason(answer))
    return PlacementRefused(reason=reason(answer))
