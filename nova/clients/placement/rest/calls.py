"""Calls to placement: pinned microversions, and what its refusals mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.placement.contract import (
    GenerationConflict,
    PlacementRefused,
    ProviderNotFound,
)
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import NovaError

# What each kind of call was written against; placement keeps every older one.
SEARCH = "1.39"
ALLOCATIONS = "1.38"
PROVIDERS = "1.39"
RESHAPE = "1.38"
USAGES = "1.38"
USAGES_UNTYPED = "1.9"

CONCURRENT_UPDATE = "placement.concurrent_update"
# Attempts of a write that another writer was faster than, and the pause between.
ATTEMPTS = 5
FIRST_PAUSE = 0.02


class PlacementCalls:
    """`ServiceHttp` that speaks placement."""

    def __init__(self, http: ServiceHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def send(
        self,
        context: RequestContext,
        method: str,
        path: str,
        version: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        **ids: str,
    ) -> Answer:
        headers = {"OpenStack-API-Version": f"placement {version}"}
        call = Call(method, path, ids, query, body, headers=headers)
        return self._http.send(context, call)

    def read(
        self,
        context: RequestContext,
        path: str,
        version: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        **ids: str,
    ) -> Any:
        """The body of a GET; raises PlacementRefused, ProviderNotFound."""
        answer = self.send(context, "GET", path, version, query=query, **ids)
        if not answer.ok:
            raise refusal(answer, ids.get("provider", ""))
        return answer.json()

    def pause(self, attempt: int) -> None:
        self._clock.sleep(FIRST_PAUSE * 2**attempt)


def code(answer: Answer) -> str:
    """The machine's word for an error; "" when there is none."""
    try:
        errors: Sequence[Mapping[str, Any]] = answer.json()["errors"]
        return str(errors[0].get("code", ""))
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def refusal(answer: Answer, provider_id: str = "") -> NovaError:
    if answer.status == 404 and provider_id:
        return ProviderNotFound(provider_id=provider_id)
    if code(answer) == CONCURRENT_UPDATE:
        return GenerationConflict(subject=provider_id or "placement", reason=reason(answer))
    return PlacementRefused(reason=reason(answer))
