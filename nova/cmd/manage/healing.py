"""nova-manage placement heal_allocations: give servers the claims they should have."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from nova.clients.placement.contract import (
    Allocation,
    Consumer,
    PlacementService,
    Resources,
)
from nova.cmd import adapters
from nova.cmd.manage import lookup
from nova.cmd.manage.cells import find_cell
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.port_healing import (
    NoPlaceForPorts,
    PortClaims,
    PortHealer,
    PortNotRestored,
    PortNotUpdated,
    PortsUnknown,
)
from nova.context import RequestContext, admin_context
from nova.db.cell.store import SqlCellStore
from nova.errors import NovaError
from nova.objects.cloud import RequestSpec
from nova.objects.server import Instance
from nova.objects.store.errors import RequestSpecNotFound
from nova.scheduler.asking import query
from nova.scheduler.request import read

HEALED, LIMIT_REACHED, NO_NODE, NOT_WRITTEN, NOTHING, DEVICES, BAD_INPUT = 0, 1, 2, 3, 4, 8, 127
OF_PORTS: Mapping[type[NovaError], int] = {
    PortsUnknown: 5, PortNotUpdated: 6, PortNotRestored: 7, NoPlaceForPorts: NOT_WRITTEN,
}
# Claims of these name devices, and only the host knows which.
UNTOLD = ("accel:device_profile",)


class _Stop(Exception):
    """`code` is the exit code."""

    def __init__(self, code: int, line: str) -> None:
        super().__init__(line)
        self.code = code


def heal_allocations(desk: Desk, asked: Namespace) -> int:
    wrong = _wrong(asked)
    if wrong:
        print(wrong)
        return BAD_INPUT
    try:
        subjects = _subjects(desk, asked)
        return _healer(desk, asked).run(subjects)
    except _Stop as stop:
        print(stop)
        return stop.code
    except tuple(OF_PORTS) as error:
        print(error.message)
        return OF_PORTS[type(error)]


def _healer(desk: Desk, asked: Namespace) -> "_Healer":
    context = admin_context()
    placement = adapters.clients(desk.conf, desk.clock).placement
    if asked.skip_port_allocations:
        return _Healer(desk, asked, placement, context, None)
    network = adapters.network_service(desk.conf, desk.clock)
    return _Healer(desk, asked, placement, context, PortHealer(context, network, placement))


def _wrong(asked: Namespace) -> str | None:
    if asked.max_count is not None and asked.max_count < 1:
        return "Must supply a positive integer for --max-count."
    if asked.instance and (asked.cell or asked.max_count is not None):
        return "The --instance option cannot be combined with --cell or --max-count."
    return None


def _subjects(desk: Desk, asked: Namespace) -> Iterator[tuple[SqlCellStore, Instance]]:
    if asked.instance:
        found = lookup.server(desk, asked.instance)
        if found is None:
            raise _Stop(BAD_INPUT, f"Unable to find instance {asked.instance}.")
        return iter([(found.cell, found.instance)])
    if asked.cell:
        cell = find_cell(desk, asked.cell)
        if cell is None:
            raise _Stop(BAD_INPUT, f"Cell with uuid {asked.cell} is not found.")
        return _of_cells(desk, asked.cell)
    if len(lookup.cells(desk)) < 2:
        print("No cells to process.")
    return _of_cells(desk, None)


def _of_cells(desk: Desk, uuid: str | None) -> Iterator[tuple[SqlCellStore, Instance]]:
    for mapping in lookup.cells(desk, uuid):
        cell = desk.cell(mapping)
        for instance in lookup.every(cell):
            yield cell, instance


@dataclass
class _Healer:
    desk: Desk
    asked: Namespace
    placement: PlacementService
    context: RequestContext
    ports: PortHealer | None

    def run(self, subjects: Iterator[tuple[SqlCellStore, Instance]]) -> int:
        healed = 0
        limit = self.asked.max_count
        for cell, instance in subjects:
            if limit is not None and healed >= limit:
                print(f"Max count reached. Processed {healed} instances.")
                return LIMIT_REACHED
            healed += self._heal(cell, instance)
        print(f"Processed {healed} instances.")
        return HEALED if healed else NOTHING

    def _heal(self, cell: SqlCellStore, instance: Instance) -> bool:
        """Whether there was something to mend."""
        why_not = _passed_over(instance)
        if why_not:
            self._tell(f"Instance {instance.uuid} {why_not}; skipped.")
            return False
        present = self.placement.allocations.get(self.context, instance.uuid)
        wanted = self._wanted(cell, instance, present)
        claims = self._of_ports(cell, instance)
        if claims.resources:
            wanted = _with_ports(wanted or self._as_it_is(instance, present), claims)
        if wanted is None:
            self._tell(f"Instance {instance.uuid} already has allocations with matching consumer"
                       " project and user.")  # fmt: skip
            return False
        self._write(instance, wanted, claims, update=bool(present))
        return True

    def _of_ports(self, cell: SqlCellStore, instance: Instance) -> PortClaims:
        if self.ports is None:
            return PortClaims(instance.uuid)
        return self.ports.find(instance.uuid, lambda: _node(cell, instance))

    def _as_it_is(self, instance: Instance, present: Allocation) -> Allocation:
        return Allocation(_consumer(instance, present), present.resources, present.mappings)

    def _wanted(
        self, cell: SqlCellStore, instance: Instance, present: Allocation
    ) -> Allocation | None:
        """What it should hold; None when nothing is wrong."""
        consumer = _consumer(instance, present)
        if present and not self.asked.force:
            known = (present.consumer.project_id, present.consumer.user_id)
            if known == (instance.project_id, instance.user_id):
                return None
            return Allocation(consumer, present.resources, present.mappings)
        own = {_node(cell, instance): self._amounts(instance)}
        # What its ports and devices hold elsewhere in the tree is not ours to drop.
        return Allocation(consumer, {**present.resources, **own}, present.mappings)

    def _amounts(self, instance: Instance) -> Resources:
        flavor = instance.flavor
        if any(key in flavor.extra_specs for key in UNTOLD) or _virtual_gpus(flavor.extra_specs):
            raise _Stop(DEVICES, f"Instance {instance.uuid} has a vGPU or a device profile; its"
                                 " allocations cannot be healed.")  # fmt: skip
        request = read(self._spec(instance), self.desk.clock.now())
        return query.amounts_of(query.build(request, (), query.Bounds()))

    def _spec(self, instance: Instance) -> RequestSpec:
        """Its request as it is now: ports' groups are left out."""
        try:
            found = self.desk.api.specs.get(instance.uuid)
        except RequestSpecNotFound:
            found = _spec_of(instance)
        found.keep({"flavor": instance.flavor, "requested_resources": []})
        return found

    def _write(
        self, instance: Instance, wanted: Allocation, claims: PortClaims, *, update: bool
    ) -> None:
        verb = "updated" if update else "created"
        providers = ", ".join(sorted(wanted.resources))
        if self.asked.dry_run:
            print(f"[dry-run] Allocations of instance {instance.uuid} would be {verb}:"
                  f" {dict(wanted.resources)}")  # fmt: skip
            return
        if self.ports:
            self.ports.note(claims)
        try:
            self.placement.allocations.change(self.context, [wanted])
        except NovaError as error:
            if self.ports:
                self.ports.take_back(claims)
            raise _Stop(NOT_WRITTEN, error.message) from error
        self._tell(f"Successfully {verb} allocations for instance {instance.uuid} against"
                   f" resource provider {providers}.")  # fmt: skip

    def _tell(self, line: str) -> None:
        if self.asked.verbose:
            print(line)


def _consumer(instance: Instance, present: Allocation) -> Consumer:
    return Consumer(
        instance.uuid, instance.project_id, instance.user_id,
        generation=present.consumer.generation,
    )  # fmt: skip


def _with_ports(allocation: Allocation, claims: PortClaims) -> Allocation:
    """What ports hold is added to what is held of the same provider."""
    held = {provider: dict(amounts) for provider, amounts in allocation.resources.items()}
    for provider, amounts in claims.resources.items():
        of_provider = held.setdefault(provider, {})
        for name, amount in amounts.items():
            of_provider[name] = of_provider.get(name, 0) + amount
    return replace(allocation, resources=held)


def _passed_over(instance: Instance) -> str | None:
    if instance.host is None:
        return "is not on a host"
    if instance.task_state is not None:
        return f"is being worked on ({instance.task_state})"
    return None


def _virtual_gpus(extra_specs: dict[str, str]) -> bool:
    return any(key.startswith("resources") and key.endswith(":VGPU") for key in extra_specs)


def _node(cell: SqlCellStore, instance: Instance) -> str:
    nodes = cell.nodes.find(host=instance.host)
    for node in nodes:
        if instance.node in (None, node.hypervisor_hostname):
            return node.uuid
    raise _Stop(NO_NODE, f"Compute host {instance.host} of instance {instance.uuid} has no node"
                         f" {instance.node}.")  # fmt: skip


def _spec_of(instance: Instance) -> RequestSpec:
    properties = {
        name.removeprefix("image_"): value
        for name, value in instance.system_metadata.items() if name.startswith("image_")
    }
    return RequestSpec.hydrate({
        **dict.fromkeys(RequestSpec.fields), "instance_uuid": instance.uuid,
        "project_id": instance.project_id or "", "user_id": instance.user_id,
        "flavor": instance.flavor, "num_instances": 1, "hints": {},
        "image": {"id": instance.image_ref, "properties": properties},
        "is_bfv": not instance.image_ref, "force_hosts": [], "force_nodes": [],
        "ignore_hosts": [], "security_groups": [], "requested_networks": [],
        "requested_resources": [],
    })  # fmt: skip


COMMANDS = (
    Command(
        "placement", "heal_allocations", heal_allocations,
        "Give servers the allocations they should have.",
        (argument("--max-count", type=int, help="servers to mend at most"),
         argument("--verbose", action="store_true"),
         argument("--dry-run", action="store_true", help="only tell what would be done"),
         argument("--instance"), argument("--cell"),
         argument("--skip-port-allocations", action="store_true",
                  help="leave what ports hold alone"),
         argument("--force", action="store_true", help="also of servers that have some")),
    ),
)  # fmt: skip
