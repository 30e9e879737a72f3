"""Delete a server at once, also one that waits to be reclaimed."""

from nova.core.policy import ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.shape import ANYTHING
from nova.servers.delete.delete import Delete


class ForceDelete(Delete):
    name = "forceDelete"
    record = "delete"
    policy = Policy(
        "os-deferred-delete:force", MEMBER, "Force a server's deletion",
        deprecated=("os_compute_api:os-deferred-delete", ADMIN_OR_OWNER),
    )
    body = ANYTHING
