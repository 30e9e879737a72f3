"""Contract of the identity service."""

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

    def service_token(self) -> str | None:
        """A valid token of this service, to be sent beside a user's; None when the
        operator did not ask for that.  Raises IdentityUnavailable."""
