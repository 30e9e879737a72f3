"""What a create request asks for, found and checked; nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.clients.network.contract import NetworkPlan
from nova.core.call import Call
from nova.core.policy import MEMBER, Policy
from nova.errors import Forbidden, NotFound, Refused
from nova.objects.cloud import KeyPair, ServerGroup
from nova.objects.flavor import Flavor
from nova.objects.server import BlockDevice
from nova.objects.store.errors import FlavorNotFound, ServerGroupNotFound
from nova.resources.quotas.limits import exceeds
from nova.resources.quotas.room import Ledger, ledger_of
from nova.seams import ApiSeams
from nova.servers.create.devices import block_devices
from nova.servers.create.networks import network_plan
from nova.servers.create.zone import Destination, destination_of
from nova.servers.steps.boot_image import BootImage, boot_image
from nova.servers.steps.files import refuse_files
from nova.servers.steps.hardware import numa_of
from nova.servers.steps.requested import keypair_of, new_password, refuse_metadata

TRUSTED_CERTS = Policy(
    "servers:create:trusted_certs", MEMBER, "Create a server with trusted image certificates"
)
MORE_LEAST_THAN_MOST = "min_count must be <= max_count"
ONE_HOSTNAME = "Unable to allocate a single hostname to multiple instances"
# Nobody has room for more; numbers of any length are read.
UNCOUNTABLE = 10**9


class GroupFull(Forbidden):
    template = "Quota exceeded, too many servers in group"


class PortsExhausted(Forbidden):
    template = "Maximum number of ports exceeded"


@dataclass(frozen=True)
class Wish:
    """A create request, resolved and checked."""

    name: str
    flavor: Flavor
    image: BootImage
    keypair: KeyPair | None
    destination: Destination
    networks: NetworkPlan
    devices: list[BlockDevice]
    group: ServerGroup | None
    hints: dict[str, list[str]]
    least: int
    count: int
    password: str
    server: dict[str, Any]
    ledger: Ledger


def wish_of(call: Call[ApiSeams]) -> Wish:
    """Refuses with 400, 403 or 409, in the contract's order of looking."""
    server = call.body["server"]
    least, most = _counts(server)
    if server.get("trusted_image_certificates"):
        call.enforce(TRUSTED_CERTS)
    destination = destination_of(call, server)
    flavor = _flavor(call, str(server["flavorRef"]))
    image = boot_image(call, server.get("imageRef") or _image_of_devices(server), flavor)
    devices = block_devices(call, server, image.id, flavor)
    keypair = keypair_of(call, server.get("key_name"))
    ledger = ledger_of(call)
    limits = ledger.limits.user
    refuse_metadata(limits, server.get("metadata", {}))
    refuse_files(limits, server.get("personality", []))
    hints = _hints(call.body)
    group = _group(call, hints)
    located = numa_of(flavor, image.present) is not None
    plan = network_plan(call, server, most, located=located)
    if plan.count < least:
        raise PortsExhausted()
    count = ledger.allowed_count(flavor, least, min(most, plan.count))
    if group and exceeds(len(group.members) + count, limits["server_group_members"]):
        raise GroupFull()
    return Wish(
        server["name"].strip(), flavor, image, keypair, destination, plan, devices, group, hints,
        least, count, server.get("adminPass") or new_password(call.seams.conf), server,
        ledger,
    )


def _counts(server: Mapping[str, Any]) -> tuple[int, int]:
    least = _number(server.get("min_count", 1))
    most = _number(server.get("max_count", least))
    if least > most:
        raise Refused(code=400, message=MORE_LEAST_THAN_MOST)
    if most > 1 and server.get("hostname"):
        raise Refused(code=400, message=ONE_HOSTNAME)
    return least, most


def _number(value: int | str) -> int:
    return UNCOUNTABLE if len(str(value)) > len(str(UNCOUNTABLE)) else int(value)


def _image_of_devices(server: Mapping[str, Any]) -> str | None:
    for device in server.get("block_device_mapping_v2") or ():
        if device.get("source_type") == "image" and str(device.get("boot_index")) == "0":
            found: str | None = device.get("uuid")
            return found
    return None


def _flavor(call: Call[ApiSeams], flavor_id: str) -> Flavor:
    """One the caller may use: an unknown, disabled or foreign private one is a bad request."""
    flavors = call.seams.stores.api.flavors
    try:
        flavor = flavors.get(flavor_id)
        open_to_all = flavor.is_public or call.context.is_admin
        if not open_to_all and call.context.project_id not in flavors.access(flavor_id):
            raise FlavorNotFound(flavor_id=flavor_id)
        if flavor.disabled:
            raise FlavorNotFound(flavor_id=flavor_id)
    except FlavorNotFound as error:
        raise Refused(code=400, message=error.message) from None
    return flavor


def _hints(body: Mapping[str, Any]) -> dict[str, list[str]]:
    given = body.get("os:scheduler_hints") or body.get("OS-SCH-HNT:scheduler_hints") or {}
    return {name: value if isinstance(value, list) else [value] for name, value in given.items()}


def _group(call: Call[ApiSeams], hints: Mapping[str, list[str]]) -> ServerGroup | None:
    wanted = hints.get("group")
    if not wanted:
        return None
    try:
        group = call.seams.stores.api.groups.get(wanted[0])
        if group.project_id != call.context.project_id and not call.context.is_admin:
            raise ServerGroupNotFound(group_uuid=wanted[0])
    except NotFound as error:
        raise Refused(code=400, message=error.message) from None
    return group

