"""Which microversion a request asks for, and how an answer says it."""

from collections.abc import Mapping

from nova.errors import NovaError
from nova.microversions import NEWEST, OLDEST, Microversion

HEADER = "OpenStack-API-Version"
OLD_HEADER = "X-OpenStack-Nova-API-Version"
SERVICE = "compute"
LATEST = "latest"

_HEADER_KEY = "HTTP_OPENSTACK_API_VERSION"
_OLD_HEADER_KEY = "HTTP_X_OPENSTACK_NOVA_API_VERSION"


class VersionMalformed(NovaError):
    template = (
        "API Version String {version} is of invalid format. Must be of format MajorNum.MinorNum."
    )
    code = 400


class VersionUnsupported(NovaError):
    template = (
        "Version {version} is not supported by the API. "
        "Minimum is {oldest} and maximum is {newest}."
    )
    code = 406


def negotiate(environ: Mapping[str, str]) -> Microversion:
    """The version to answer with; OLDEST when none is asked for."""
    asked = _asked(environ)
    if asked is None:
        return OLDEST
    if asked == LATEST:
        return NEWEST
    try:
        version = Microversion.parse(asked)
    except ValueError:
        raise VersionMalformed(version=asked) from None
    if not OLDEST <= version <= NEWEST:
        raise VersionUnsupported(version=asked, oldest=str(OLDEST), newest=str(NEWEST))
    return version


def _asked(environ: Mapping[str, str]) -> str | None:
    """The newer header may name several services, separated by commas."""
    for part in environ.get(_HEADER_KEY, "").split(","):
        service, _, version = part.strip().partition(" ")
        if service.lower() == SERVICE:
            return version.strip()
    old = environ.get(_OLD_HEADER_KEY)
    return old.strip() if old is not None else None


def headers(version: Microversion) -> dict[str, str]:
    return {
        HEADER: f"{SERVICE} {version}",
        OLD_HEADER: str(version),
        "Vary": f"{HEADER}, {OLD_HEADER}",
    }
