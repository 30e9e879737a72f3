"""The service of the host that a server is on."""

from nova.core.call import Call
from nova.objects.host import Service
from nova.seams import ApiSeams


def service_of(call: Call[ApiSeams], host: str | None) -> Service | None:
    """The compute service of a host, in whichever cell it is."""
    if not host:
        return None
    answers = call.seams.stores.each(
        lambda cell: cell.services.find(host=host, binary="nova-compute")
    )
    found = [one for answer in answers.values() if isinstance(answer, list) for one in answer]
    return found[0] if found else None
