"""The identity service in memory."""

from dataclasses import dataclass, field

from nova.clients.gate import Gate, open_gate
from nova.clients.identity.contract import Verdict
from nova.context import RequestContext


@dataclass
class IdentityState:
    """Share one among clients to give them one service."""

    projects: set[str] = field(default_factory=set)
    registered_limits: dict[str, int] = field(default_factory=dict)
    # {project id: {resource name: limit}}
    project_limits: dict[str, dict[str, int]] = field(default_factory=dict)
    token: str | None = None
    gate: Gate = open_gate


class IdentityMemory:
    """IdentityService over a state that other clients may share."""

    def __init__(self, state: IdentityState) -> None:
        self._state = state

    def project(self, context: RequestContext, project_id: str) -> Verdict:
        self._state.gate("identity.project")
        return Verdict.EXISTS if project_id in self._state.projects else Verdict.MISSING

    def registered_limits(self, context: RequestContext) -> dict[str, int]:
        self._state.gate("identity.registered_limits")
        return dict(self._state.registered_limits)

    def project_limits(self, context: RequestContext, project_id: str) -> dict[str, int]:
        self._state.gate("identity.project_limits")
        return dict(self._state.project_limits.get(project_id, {}))

    def service_token(self) -> str | None:
        self._state.gate("identity.service_token")
        return self._state.token
