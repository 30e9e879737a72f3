"""nova-manage image_property: what a server's image said when it was made."""

from argparse import Namespace
from collections.abc import Sequence

from nova.cmd.manage import lookup, property_types
from nova.cmd.manage.command import Command, Desk, argument
from nova.objects.store.errors import RequestSpecNotFound

PREFIX = "image_"


def show(desk: Desk, asked: Namespace) -> int:
    found = lookup.server(desk, asked.instance_uuid)
    if found is None:
        return 2
    value = found.instance.system_metadata.get(PREFIX + asked.image_property)
    if value is None:
        print(f"Image property {asked.image_property} is not set for {asked.instance_uuid}")
        return 3
    print(value)
    return 0


def set_properties(desk: Desk, asked: Namespace) -> int:
    found = lookup.server(desk, asked.instance_uuid)
    if found is None:
        return 2
    if not found.at_rest:
        states = ", ".join(state.value for state in lookup.AT_REST)
        print(f"Instance {asked.instance_uuid} must be in one of these states: {states}")
        return 3
    wanted, code = _read(asked.property or ())
    if code:
        return code
    changes = {PREFIX + name: value for name, value in wanted.items()}
    found.cell.instances.update(asked.instance_uuid, {"system_metadata": changes})
    _keep_in_request(desk, asked.instance_uuid, wanted)
    return 0


def _read(pairs: Sequence[str]) -> tuple[dict[str, str], int]:
    """The properties, and the exit code of what is wrong."""
    wanted: dict[str, str] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name:
            print(f"Cannot read {pair}: expected PROPERTY=VALUE")
            return {}, 6
        if not property_types.is_known(name):
            print(f"Invalid image property name: {name}")
            return {}, 4
        if not property_types.is_fitting(name, value):
            print(f"Invalid value of image property {name}: {value}")
            return {}, 5
        wanted[name] = value
    return wanted, 0


def _keep_in_request(desk: Desk, uuid: str, wanted: dict[str, str]) -> None:
    """So that the scheduler heeds it at the next move."""
    try:
        spec = desk.api.specs.get(uuid)
    except RequestSpecNotFound:
        return
    properties = {**(spec.image.get("properties") or {}), **wanted}
    spec.keep({"image": {**spec.image, "properties": properties}})
    desk.api.specs.save(spec)


_UUID = argument("instance_uuid", metavar="INSTANCE_UUID")
COMMANDS = (
    Command(
        "image_property", "show", show, "Print an image property of a server.",
        (_UUID, argument("image_property", metavar="PROPERTY")),
    ),
    Command(
        "image_property", "set", set_properties, "Change image properties of a stopped server.",
        (_UUID, argument("--property", action="append", metavar="PROPERTY=VALUE")),
    ),
)  # fmt: skip
