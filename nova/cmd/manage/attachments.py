"""nova-manage volume_attachment: how servers hold their volumes."""

import json
from argparse import Namespace
from typing import Any

from nova.cmd.manage import lookup
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.output import print_table
from nova.objects.server import BlockDevice


def show(desk: Desk, asked: Namespace) -> int:
    found = lookup.server(desk, asked.instance_uuid)
    if found is None:
        return 2
    devices = found.cell.devices.of_instance(asked.instance_uuid)
    held = [each for each in devices if each.volume_id == asked.volume_id]
    if not held:
        print(f"Volume {asked.volume_id} is not attached to instance {asked.instance_uuid}")
        return 3
    _print(_facts(held[0], connection=asked.connection_info), as_json=asked.json)
    return 0


def _facts(device: BlockDevice, *, connection: bool) -> dict[str, Any]:
    info = json.loads(device.connection_info or "null")
    if connection:
        return info or {}
    facts = {name: value for name, value in device.as_dict().items() if name != "connection_info"}
    return {**facts, "connection_info": info}


def get_connector(desk: Desk, asked: Namespace) -> int:
    from os_brick.initiator import connector

    conf = desk.conf
    found = connector.get_connector_properties(
        f"sudo nova-rootwrap {conf.rootwrap_config}",
        conf.my_block_storage_ip,
        conf.libvirt.volume_use_multipath,
        conf.libvirt.volume_enforce_multipath,
        host=conf.host,
    )
    _print(found, as_json=asked.json)
    return 0


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, default=str))
    else:
        print_table(("Field", "Value"), facts.items())


_JSON = argument("--json", action="store_true", help="print JSON")
COMMANDS = (
    Command(
        "volume_attachment", "show", show, "Print how a server holds a volume.",
        (argument("instance_uuid", metavar="INSTANCE_UUID"),
         argument("volume_id", metavar="VOLUME_ID"),
         argument("--connection_info", action="store_true", help="print only the connection"),
         _JSON),
    ),
    Command(
        "volume_attachment", "get_connector", get_connector,
        "Print how this host connects to volumes.", (_JSON,),
    ),
)  # fmt: skip
