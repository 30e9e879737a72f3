"""Who can be asked what over the bus, typed."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nova.context import RequestContext
from nova.errors import Unavailable
from nova.objects.cloud import RequestSpec, Selection
from nova.objects.placing import NoValidHost
from nova.objects.server import Instance, Operation
from nova.rpc.contract import COMPUTE, CONDUCTOR, SCHEDULER, Address, Bus, Buses

LOG = logging.getLogger(__name__)
# Seconds that the conductor waits for hosts to be chosen, and that the broker keeps the
# question for a scheduler that is away.
CHOICE = 30.0
# Seconds for questions about many servers, which nobody waits for in a workflow.
QUESTION = 120.0


def wake(
    bus: Bus, to: Address, method: str, context: RequestContext, arguments: Mapping[str, Any]
) -> None:
    """A cast that may be lost: what it tells of is in a database already, and the
    watchdog tells it again."""
    try:
        bus.cast(to, method, context, arguments)
    except Unavailable as error:
        LOG.warning("%s was not told to %s yet: %s", to, method, error)


class HostCalls:
    """To nova-compute."""

    def __init__(self, buses: Buses) -> None:
        self._buses = buses

    def perform(
        self, context: RequestContext, cell_uuid: str, host: str, operation: Operation
    ) -> None:
        """There is an operation to work on."""
        wake(self._buses.cell(cell_uuid), Address(COMPUTE, host), "perform", context,
             {"operation_id": operation.id, "instance_uuid": operation.instance_uuid,
              "kind": operation.kind})

    def perform_now(
        self, context: RequestContext, cell_uuid: str, host: str, operation: Operation,
        timeout: float,
    ) -> Any:
        """Have it done and wait: what the action answers, or the error it failed with.
        NoAnswer when the host is silent; the operation stays in the journal."""
        return self._buses.cell(cell_uuid).call(
            Address(COMPUTE, host), "perform_now", context,
            {"operation_id": operation.id, "instance_uuid": operation.instance_uuid},
            timeout,
        )

    def external_event(
        self,
        context: RequestContext,
        cell_uuid: str,
        host: str,
        events: Sequence[Mapping[str, Any]],
    ) -> None:
        """[{'instance_uuid', 'name', 'tag', 'status'}]"""
        wake(self._buses.cell(cell_uuid), Address(COMPUTE, host), "external_event", context,
             {"events": [dict(event) for event in events]})

    def ask(
        self,
        context: RequestContext,
        cell_uuid: str,
        host: str,
        question: str,
        instance: Instance | None = None,
        arguments: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The answer of a HostQuery (by its name) or of the host itself ('uptime')."""
        return self._buses.cell(cell_uuid).call(
            Address(COMPUTE, host), "ask", context,
            {"question": question, "instance": instance, "arguments": dict(arguments or {})},
            timeout,
        )


class ConductorCalls:
    """To nova-conductor."""

    def __init__(self, buses: Buses) -> None:
        self._buses = buses

    def build(self, context: RequestContext, instance_uuids: Iterable[str]) -> None:
        wake(self._buses.top, Address(CONDUCTOR), "build", context,
             {"instance_uuids": list(instance_uuids)})

    def resume(self, context: RequestContext, cell_uuid: str, operation: Operation) -> None:
        wake(self._buses.top, Address(CONDUCTOR), "resume", context,
             {"cell_uuid": cell_uuid, "operation_id": operation.id})

    def cache_images(
        self, context: RequestContext, hosts: Sequence[tuple[str, str]], image_ids: Sequence[str]
    ) -> None:
        """Let hosts, as (cell uuid, host), fetch images ahead; lost when no conductor hears."""
        wake(self._buses.top, Address(CONDUCTOR), "cache_images", context,
             {"hosts": [list(each) for each in hosts], "image_ids": list(image_ids)})


class SchedulerCalls:
    """To nova-scheduler."""

    # Errors arrive as themselves in a process that has loaded their class.
    refusals = (NoValidHost,)

    def __init__(self, buses: Buses) -> None:
        self._buses = buses

    def select(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[list[Selection]]:
        """For each spec the chosen host, claimed in placement, and its alternates.
        NoValidHost when not all of them fit."""
        answer: list[list[Selection]] = self._buses.top.call(
            Address(SCHEDULER), "select", context,
            {"specs": list(specs), "alternates": alternates}, CHOICE,
        )
        return answer

    def would(
        self, context: RequestContext, question: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer to a question that changes nothing: 'select', 'fit' or 'be_left'."""
        answer: dict[str, Any] = self._buses.top.call(
            Address(SCHEDULER), f"would_{question}", context, arguments, QUESTION
        )
        return answer

    def refresh(self, context: RequestContext) -> None:
        """To every scheduler: aggregates or services changed."""
        wake(self._buses.top, Address(SCHEDULER, everyone=True), "refresh", context, {})
