"""Who calls: what a validated token says about its bearer."""

from dataclasses import dataclass
from typing import Any, Protocol

from nova.standalone.web.fault import Fault


@dataclass(frozen=True, slots=True)
class Caller:
    """`system` is true for a system-scoped token; ids are None when unscoped."""

    user_id: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    system: bool = False
    roles: frozenset[str] = frozenset()
    token: str | None = None

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_service(self) -> bool:
        return "service" in self.roles

    def owns(self, project_id: str | None) -> bool:
        return project_id is not None and project_id == self.project_id


ANONYMOUS = Caller()


class InvalidToken(Exception):
    """Unknown, expired or revoked, or its user or scope is gone."""


class TokenValidator(Protocol):
    """Where the image and network services learn what a token is worth."""

    def validate(self, token: str, allow_expired: bool = False) -> Caller:
        """The bearer; raises InvalidToken."""


class TokenHeader:
    """Authenticates requests by their X-Auth-Token.

    An expired one is still good when a service vouches for it with its own
    X-Service-Token: that is how an hour-long snapshot upload ends well.
    """

    def __init__(self, validator: TokenValidator, refusal: str = "Authentication required") -> None:
        self._validator = validator
        self._refusal = refusal

    def __call__(self, request: Any) -> Caller:
        token = request.headers.get("X-Auth-Token")
        if not token:
            raise Fault(401, self._refusal)
        try:
            return self._validator.validate(token)
        except InvalidToken:
            return self._vouched(token, request.headers.get("X-Service-Token"))

    def _vouched(self, token: str, service_token: str | None) -> Caller:
        try:
            if service_token and self._validator.validate(service_token).is_service:
                return self._validator.validate(token, allow_expired=True)
        except InvalidToken:
            pass
        raise Fault(401, self._refusal)


def require_admin(caller: Caller, action: str) -> None:
    if not caller.is_admin:
        raise Fault(403, f"You are not authorized to perform the requested action: {action}.")
