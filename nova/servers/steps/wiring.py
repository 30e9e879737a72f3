"""Ports of a server: making, and taking away."""

from typing import Any

from nova.clients.network.contract import Wiring, vifs_from_json
from nova.core.workflow import Run, Side, Step
from nova.objects.server import Instance


def wiring_of(instance: Instance, security_groups: tuple[str, ...] = ()) -> Wiring:
    return Wiring(
        server_id=instance.uuid,
        project_id=instance.project_id or "",
        host=instance.host or "",
        zone=instance.availability_zone or "None",
        hostname=instance.hostname or "",
        security_groups=security_groups,
    )


def preexisting_ports(instance: Instance) -> list[str]:
    """Ports that the user made, which outlive the server."""
    return [vif.port_id for vif in vifs_from_json(instance.network_info) if vif.preexisting]


def free_networks(run: Run[Any]) -> None:
    """Delete the server's ports and unbind those that are the user's.  Safe to repeat."""
    asked = run.progress.get("interfaces", ())
    given = {one["port_id"] for one in asked if one.get("port_id")}
    given.update(preexisting_ports(run.instance))
    run.seams.network.deallocate(run.context, run.instance.uuid, preexisting=given)
    run.instance.network_info = []


class FreeNetworks(Step):
    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        free_networks(run)
