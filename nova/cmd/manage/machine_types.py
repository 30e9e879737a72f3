"""nova-manage libvirt: the machine types that servers are bound to."""

import re
from argparse import Namespace

from nova.cmd.manage import lookup
from nova.cmd.manage.cells import find_cell
from nova.cmd.manage.command import Command, Desk, argument
from nova.objects.server import Instance

KEY = "image_hw_machine_type"
# {family: what its names look like}; a bare name is an alias of the newest version.
FAMILIES = {
    "pc": r"pc(-i440fx-(?P<version>\S+))?",
    "q35": r"(q35|pc-q35-(?P<version>\S+))",
    "virt": r"virt(-(?P<version>\S+))?",
    "s390-ccw-virtio": r"s390-ccw-virtio(-(?P<version>\S+))?",
    "hppa": r"hppa",
    "pseries": r"pseries(-(?P<version>\S+))?",
}


def get(desk: Desk, asked: Namespace) -> int:
    found = lookup.server(desk, asked.instance_uuid)
    if found is None:
        return 2
    present = recorded(found.instance)
    if not present:
        print(f"No machine type registered for instance {asked.instance_uuid}")
        return 3
    print(present)
    return 0


def recorded(instance: Instance) -> str | None:
    return instance.system_metadata.get(KEY) or None


def update(desk: Desk, asked: Namespace) -> int:
    found = lookup.server(desk, asked.instance_uuid)
    if found is None:
        return 2
    wanted = asked.machine_type
    if family(wanted) is None:
        print(f"The machine type {wanted} is not supported.")
        return 5
    if not found.at_rest:
        print(f"Instance {asked.instance_uuid} must be stopped or shelved: its guest is there.")
        return 3
    present = recorded(found.instance)
    if present and not asked.force and not is_update(present, wanted):
        print(f"Cannot update machine type {present} to {wanted} without --force.")
        return 4
    found.cell.instances.update(asked.instance_uuid, {"system_metadata": {KEY: wanted}})
    print(
        f"Updated instance {asked.instance_uuid} machine type to {wanted}"
        f" (previously {present or 'unset'})"
    )
    return 0


def family(name: str) -> str | None:
    return next((each for each, form in FAMILIES.items() if re.fullmatch(form, name)), None)


def is_update(present: str, wanted: str) -> bool:
    """Within a family, and never to an older version or from a version to an alias."""
    if family(present) != family(wanted):
        return False
    old, new = _version(present), _version(wanted)
    if old is None:
        return new is None
    return new is not None and new >= old


def _version(name: str) -> tuple[int, ...] | None:
    """None for an alias."""
    kind = family(name)
    match = re.fullmatch(FAMILIES[kind], name) if kind else None
    text = match.groupdict().get("version") if match else None
    return tuple(int(each) for each in re.findall(r"\d+", text)) if text else None


def list_unset(desk: Desk, asked: Namespace) -> int:
    cells = lookup.cells(desk)
    if asked.cell_uuid:
        one = find_cell(desk, asked.cell_uuid)
        if one is None:
            return 2
        cells = [one]
    unset = [each.uuid for cell in cells for each in lookup.every(desk.cell(cell))
             if not recorded(each)]
    print("\n".join(unset) if unset else "No instances found without hw_machine_type set.")
    return 3 if unset else 0


_UUID = argument("instance_uuid", metavar="INSTANCE_UUID")
COMMANDS = (
    Command("libvirt", "get_machine_type", get, "Print a server's machine type.", (_UUID,)),
    Command(
        "libvirt", "update_machine_type", update, "Record another machine type for a server.",
        (_UUID, argument("machine_type", metavar="MACHINE_TYPE"),
         argument("--force", action="store_true", help="also of another family, or an older one")),
    ),
    Command(
        "libvirt", "list_unset_machine_type", list_unset,
        "List servers that have no machine type recorded.", (argument("--cell-uuid"),),
    ),
)  # fmt: skip
