"""Vendor data: from a file, and from services that are asked about each server."""

from collections.abc import Mapping
from typing import Any, Protocol

from nova.errors import Unavailable

# Providers that an operator may choose.
STATIC, DYNAMIC = "StaticJSON", "DynamicJSON"


class VendorDataUnavailable(Unavailable):
    """A service that must answer did not."""


class VendorData(Protocol):
    def static(self) -> Any:
        """The operator's JSON value, {} when there is none; None: not even that is to be said."""

    def dynamic(self, server: Mapping[str, Any]) -> dict[str, Any]:
        """{name of the service: its answer}.  `server` is what services are told:
        project-id, instance-id, image-id, user-data, hostname, metadata, boot-roles.

        A service that fails has {}; VendorDataUnavailable when failures are not to be borne.
        """


class _Nobody:
    def static(self) -> Any:
        return {}

    def dynamic(self, server: Mapping[str, Any]) -> dict[str, Any]:
        return {}


class Remembering:
    """Asks services once, however often it is asked: all answers of one time agree."""

    def __init__(self, vendor: VendorData) -> None:
        self._vendor = vendor
        self._answer: dict[str, Any] | None = None

    def static(self) -> Any:
        return self._vendor.static()

    def dynamic(self, server: Mapping[str, Any]) -> dict[str, Any]:
        if self._answer is None:
            self._answer = self._vendor.dynamic(server)
        return self._answer


def nobody() -> VendorData:
    """An operator with nothing to say."""
    return _Nobody()
