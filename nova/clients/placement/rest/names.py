"""Resource classes and traits of the deployment's own."""

from collections.abc import Sequence

from nova.clients.placement.rest.calls import PROVIDERS, PlacementCalls, refusal
from nova.context import RequestContext

CUSTOM = "CUSTOM_"


class RestNames:
    def __init__(self, calls: PlacementCalls) -> None:
        self._calls = calls

    def ensure_classes(self, context: RequestContext, names: Sequence[str]) -> None:
        self._ensure(context, "/resource_classes/{name}", names)

    def ensure_traits(self, context: RequestContext, names: Sequence[str]) -> None:
        self._ensure(context, "/traits/{name}", names)

    def traits(self, context: RequestContext, prefix: str = "") -> frozenset[str]:
        query = [("name", f"startswith:{prefix}")] if prefix else []
        return frozenset(self._calls.read(context, "/traits", PROVIDERS, query=query)["traits"])

    def _ensure(self, context: RequestContext, path: str, names: Sequence[str]) -> None:
        for name in names:
            if name.startswith(CUSTOM):
                answer = self._calls.send(context, "PUT", path, PROVIDERS, name=name)
                if not answer.ok:
                    raise refusal(answer)
