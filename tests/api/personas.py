"""Callers of all kinds, and who of them the contract lets do what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nova.api.wsgi import CONTEXT, REQUEST_ID, Environ, StartResponse, Wsgi
from nova.context import RequestContext
from tests.api.contract import facts
from tests.api.world import OTHER_PROJECT, PROJECT

HEADER = "HTTP_X_PERSONA"
USER = "alice"
ROLES = {
    "admin": ("admin", "manager", "member", "reader"),
    "manager": ("manager", "member", "reader"),
    "member": ("member", "reader"),
    "reader": ("reader",),
    "service": ("service",),
    "guest": ("guest",),
}


@dataclass(frozen=True)
class Persona:
    """`project` None: a token of the whole system."""

    name: str
    roles: tuple[str, ...]
    user: str
    project: str | None

    @property
    def credentials(self) -> dict[str, Any]:
        return {"roles": self.roles, "user_id": self.user, "project_id": self.project,
                "is_admin": "admin" in self.roles}  # fmt: skip

    @property
    def context(self) -> RequestContext:
        scope = "all" if self.project is None else None
        return RequestContext(
            user_id=self.user, project_id=self.project, roles=self.roles, system_scope=scope
        )


PERSONAS = {
    f"{name} {where}": Persona(f"{name} {where}", roles, user, project)
    for name, roles in ROLES.items()
    for where, user, project in (
        ("inside", USER, PROJECT), ("outside", "bob", OTHER_PROJECT), ("system", "root", None),
    )
}  # fmt: skip


# Rules of this project's own routes, beside the contract's.
OWN_RULES = {
    "os_compute_api:nova-additions:index": "@",
    "os_compute_api:os-scheduling:decisions": "rule:project_reader_or_admin",
    "os_compute_api:os-scheduling:decisions:hosts": "rule:context_is_admin",
    "os_compute_api:os-scheduling:queries": "rule:context_is_admin",
}


def as_persona(app: Wsgi) -> Wsgi:
    """Believes who a caller says he is."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        context = PERSONAS[environ[HEADER]].context
        environ[CONTEXT] = RequestContext(
            **{**context.to_wire(), "request_id": environ[REQUEST_ID], "roles": context.roles}
        )
        return app(environ, start_response)

    return answer


def may(persona: Persona, rule: str, target: Mapping[str, Any]) -> bool:
    """What the table says: default check and scope."""
    row = facts.policies().get(rule) or {
        "default_check": OWN_RULES[rule], "scope_types": "project"}
    scopes = row["scope_types"].split()
    scope = "system" if persona.project is None else "project"
    return (not scopes or scope in scopes) and _holds(persona, row["default_check"], target)


def _holds(persona: Persona, check: str, target: Mapping[str, Any]) -> bool:
    for word in (" or ", " and "):
        if word in check:
            parts = [_holds(persona, part, target) for part in check.split(word)]
            return any(parts) if word == " or " else all(parts)
    check = check.strip("() ")
    kind, _, value = check.partition(":")
    credentials = persona.credentials
    if check in ("@", "!"):
        return check == "@"
    if kind == "rule":
        return _holds(persona, facts.policies()[value]["default_check"], target)
    if kind == "role":
        return value in persona.roles
    if kind == "is_admin":
        return str(credentials["is_admin"]) == value
    return credentials[kind] is not None and credentials[kind] == target.get(kind)
