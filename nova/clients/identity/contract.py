"""Contract of the identity service."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from nova.context import RequestContext
from nova.errors import Unavailable


class IdentityUnavailable(Unavailable):
    """The identity service does not answer, or answers with an error of its own."""


class Verdict(Enum):
    """UNKNOWN: we may not ask (our credentials are not enough, or none are given)."""

    EXISTS = "exists"
    MISSING = "missing"
    UNKNOWN = "unknown"


class IdentityService(Protocol):
    def project(self, context: RequestContext, project_id: str) -> Verdict:
        """Whether there is such a project.  Raises IdentityUnavailable."""

    def registered_limits(self, context: RequestContext) -> Mapping[str, int]:
        """Unified limits of this service by resource name: what holds for a project that
        has none of its own.  Raises IdentityUnavailable."""

    def project_limits(self, context: RequestContext, project_id: str) -> Mapping[str, int]:
        """A project's own unified limits by resource name.  Raises IdentityUnavailable."""

    def service_token(self) -> str | None:
        """A valid token of this service, to be sent beside a user's; None when the
        operator did not ask for that.  Raises IdentityUnavailable."""
