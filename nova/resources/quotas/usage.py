"""What a project has of servers: in all cells, and on the way there."""

from nova.core.call import Call
from nova.objects.store.cell import Usage
from nova.seams import ApiSeams


def servers_of(call: Call[ApiSeams], project_id: str) -> Usage:
    """Cells that do not answer count for nothing."""
    answers = call.seams.stores.each(lambda cell: cell.instances.usage(project_id))
    counted = [answer for answer in answers.values() if isinstance(answer, Usage)]
    counted.append(call.seams.stores.api.builds.usage(project_id))
    return Usage(
        instances=sum(each.instances for each in counted),
        vcpus=sum(each.vcpus for each in counted),
        memory_mb=sum(each.memory_mb for each in counted),
    )
