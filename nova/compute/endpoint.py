"""What nova-compute answers on the bus."""

from collections.abc import Callable, Mapping
from typing import Any

from nova.compute.external_events import ExternalEvents
from nova.compute.performer import Performer
from nova.compute.plugs import PortPlugs
from nova.context import RequestContext
from nova.core.action import Action, HostQuery, WorkflowAction
from nova.errors import Unsupported
from nova.objects.server import Instance
from nova.seams import HostSeams


class ComputeEndpoint:
    def __init__(
        self,
        seams: HostSeams,
        performer: Performer,
        plugs: PortPlugs,
        events: ExternalEvents,
        actions: Mapping[str, Action],
        questions: Mapping[str, Callable[..., Any]],
    ) -> None:
        self._seams = seams
        self._performer = performer
        self._plugs = plugs
        self._events = events
        self._actions = actions
        self._questions = questions

    def perform(
        self, context: RequestContext, operation_id: int, instance_uuid: str, kind: str = ""
    ) -> None:
        action = self._actions.get(kind)
        if isinstance(action, WorkflowAction) and action.deletes():
            self._plugs.abort(instance_uuid)
            if self._performer.works_on(instance_uuid):
                # It may be waiting for a guest that matters no more.
                self._seams.driver.power.hurry(instance_uuid)
        self._performer.submit(context, operation_id, instance_uuid)

    def perform_now(
        self, context: RequestContext, operation_id: int, instance_uuid: str
    ) -> Any:
        return self._performer.perform_now(context, operation_id, instance_uuid)

    def external_event(self, context: RequestContext, events: list[dict[str, Any]]) -> None:
        self._events.heard(events)

    def ask(
        self,
        context: RequestContext,
        question: str,
        instance: Instance | None = None,
        arguments: dict[str, Any] | None = None,
    ) -> Any:
        if question in self._questions:
            return self._questions[question](**(arguments or {}))
        action = self._actions.get(question)
        if not isinstance(action, HostQuery):
            raise Unsupported()
        return action.on_host(self._seams, instance, arguments or {})
