"""Names of the security groups of a server, as EC2 tells them to its guest."""

from nova.clients.network.contract import ServerGuards
from nova.context import RequestContext


def security_groups_of(
    context: RequestContext, guards: ServerGuards, uuid: str
) -> tuple[str, ...]:
    return tuple(group.name for group in guards.of(context, [uuid]).get(uuid, ()))
