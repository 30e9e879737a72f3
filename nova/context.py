"""Who asks, and under which request id: the one thing passed everywhere."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


def new_request_id() -> str:
    return f"req-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Identity and request of one call.

    `service_catalog` is Keystone's catalogue as keystonemiddleware hands it on
    (a list of dicts); it is dropped on the wire, where hosts use their own
    credentials.
    """

    user_id: str | None = None
    project_id: str | None = None
    request_id: str = field(default_factory=new_request_id)
    global_request_id: str | None = None
    auth_token: str | None = None
    roles: tuple[str, ...] = ()
    is_admin: bool = False
    read_deleted: bool = False
    user_domain_id: str | None = None
    project_domain_id: str | None = None
    user_name: str | None = None
    project_name: str | None = None
    system_scope: str | None = None
    domain_id: str | None = None
    remote_address: str | None = None
    service_roles: tuple[str, ...] = ()
    service_catalog: tuple[Mapping[str, Any], ...] = ()

    def elevated(self) -> "RequestContext":
        """The same request with the rights of an administrator."""
        roles = self.roles if "admin" in self.roles else (*self.roles, "admin")
        return replace(self, is_admin=True, roles=roles)

    def to_wire(self) -> dict[str, Any]:
        wire = asdict(replace(self, service_catalog=()))
        return {key: value for key, value in wire.items() if value}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "RequestContext":
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in wire.items() if key in known}
        for key in ("roles", "service_roles", "service_catalog"):
            values[key] = tuple(values.get(key) or ())
        return cls(**values)


def admin_context(request_id: str | None = None) -> RequestContext:
    """The context of a process acting on its own behalf."""
    return RequestContext(
        request_id=request_id or new_request_id(), is_admin=True, roles=("admin",)
    )
