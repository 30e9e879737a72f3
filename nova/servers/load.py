"""Finding the server that a request names."""

from nova.context import RequestContext
from nova.core.call import Call
from nova.core.policy import Policy
from nova.objects.cloud import CELL0_UUID
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import InstanceNotFound
from nova.seams import ApiSeams


def visible_to(context: RequestContext, instance: Instance) -> bool:
    return context.is_admin or instance.project_id == context.project_id


def target_of(instance: Instance) -> dict[str, str | None]:
    """What policies compare the caller with."""
    return {"project_id": instance.project_id, "user_id": instance.user_id}


class Found:
    """A server and where it lives: `cell` None while it is a build request."""

    def __init__(self, instance: Instance, cell: CellStore | None) -> None:
        self.instance = instance
        self.cell = cell

    def require_cell(self) -> CellStore:
        """The cell, or InstanceNotReady's cousin: a server that has none cannot be acted on."""
        if self.cell is None:
            raise InstanceNotFound(instance_id=self.instance.uuid)
        return self.cell


def find(call: Call[ApiSeams], uuid: str) -> Found:
    """The server `uuid`, also while it has no cell; InstanceNotFound when the caller
    may not know of it."""
    stores = call.seams.stores
    mapping = stores.api.mappings.get(uuid)
    if mapping.cell_uuid is None:
        build = stores.api.builds.get(uuid)
        if build is None:
            mapping = stores.api.mappings.get(uuid)
            if mapping.cell_uuid is None:
                raise InstanceNotFound(instance_id=uuid)
        else:
            return _checked(call, Found(build.instance, None))
    cell = stores.cell(mapping.cell_uuid)
    return _checked(call, Found(cell.instances.get(uuid), cell))


def _checked(call: Call[ApiSeams], found: Found) -> Found:
    if not visible_to(call.context, found.instance):
        raise InstanceNotFound(instance_id=found.instance.uuid)
    return found


def find_for(call: Call[ApiSeams], policy: Policy, parameter: str = "id") -> Found:
    """`find` by the path's parameter, with the policy enforced on the server."""
    found = find(call, call.params[parameter])
    call.enforce(policy, target_of(found.instance))
    return found


def in_cell0(cell: CellStore) -> bool:
    return cell.uuid == CELL0_UUID
