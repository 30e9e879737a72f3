"""Ports of a server: making, and taking away."""

from collections.abc import Iterable, Mapping
from typing import Any

from nova.clients.network.contract import Wiring, vifs_from_json
from nova.core.workflow import Run, Side, Step
from nova.objects.server import Instance

GIVEN = "given_port_"


def wiring_of(instance: Instance, security_groups: tuple[str, ...] = ()) -> Wiring:
    return Wiring(
        server_id=instance.uuid,
        project_id=instance.project_id or "",
        host=instance.host or "",
        zone=instance.availability_zone or "None",
        hostname=instance.hostname or "",
        security_groups=security_groups,
    )


def given_ports(interfaces: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """System metadata that names the ports a create was given.  What of them is wired is
    written only when the build has ended, and who deletes the server may not wait for that."""
    return {GIVEN + one["port_id"]: "" for one in interfaces if one.get("port_id")}


def preexisting_ports(instance: Instance) -> set[str]:
    """Ports that the user made, which outlive the server."""
    wired = {vif.port_id for vif in vifs_from_json(instance.network_info) if vif.preexisting}
    known = instance.system_metadata
    return wired | {key.removeprefix(GIVEN) for key in known if key.startswith(GIVEN)}


def free_networks(run: Run[Any]) -> None:
    """Delete the server's ports and unbind those that are the user's.  Safe to repeat."""
    kept = preexisting_ports(run.instance)
    run.seams.network.deallocate(run.context, run.instance.uuid, preexisting=kept)
    run.instance.network_info = []


class FreeNetworks(Step):
    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        free_networks(run)
