"""POST /servers: check what was asked, record it, answer."""

import secrets
import string
import uuid as uuids
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from oslo_utils import strutils

from nova.clients.network.contract import NetworkPlan
from nova.core.call import Answer, Call, Route
from nova.core.policy import MEMBER, Policy
from nova.core.states import PowerState, TaskState, VmState
from nova.errors import NotFound, Refused
from nova.objects.cloud import BuildRequest, KeyPair, NetworkRequest, RequestSpec, ServerGroup
from nova.objects.flavor import Flavor
from nova.objects.server import BlockDevice, Instance
from nova.objects.store.errors import FlavorNotFound, KeypairNotFound, ServerGroupNotFound
from nova.resources.quotas.limits import UNLIMITED, limits_of
from nova.seams import ApiSeams
from nova.servers.create.build import POLICY, Build
from nova.servers.create.devices import ATTACH_VOLUME, ZERO_DISK, block_devices
from nova.servers.create.image import BootImage, boot_image
from nova.servers.create.naming import hostname_of, numbered
from nova.servers.create.networks import (
    ATTACH_NETWORK,
    EXTERNAL_NETWORK,
    network_plan,
    primitives,
)
from nova.servers.create.quota import allowed_count
from nova.servers.create.shape import BODY
from nova.servers.create.zone import (
    FORCED_HOST,
    REQUESTED_DESTINATION,
    Destination,
    destination_of,
)
from nova.servers.errors import MetadataLimitExceeded

TRUSTED_CERTS = Policy(
    "servers:create:trusted_certs", MEMBER, "Create a server with trusted image certificates"
)
ALPHABET = string.ascii_lowercase + string.digits


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
    count: int
    password: str
    server: dict[str, Any]


def create_server(call: Call[ApiSeams]) -> Answer:
    server = call.body["server"]
    call.enforce(POLICY)
    least, most = _counts(server)
    wish = _resolve(call, server, least, most)
    reservation = "r-" + "".join(secrets.choice(ALPHABET) for _ in range(8))
    builds = [_build(call, wish, number, reservation) for number in range(wish.count)]
    call.seams.stores.api.builds.record(builds, wish.group.uuid if wish.group else None)
    call.seams.conductor.build(call.context, [build.instance_uuid for build, _ in builds])
    if strutils.bool_from_string(server.get("return_reservation_id", False)):
        return Answer({"reservation_id": reservation})
    return _answer(call, wish, builds[0][0].instance_uuid)


def _counts(server: dict[str, Any]) -> tuple[int, int]:
    least = int(server.get("min_count", 1))
    most = int(server.get("max_count", least))
    if least > most:
        raise Refused(code=400, message="min_count must be <= max_count")
    if most > 1 and server.get("hostname"):
        raise Refused(
            code=400, message="Unable to allocate a single hostname to multiple instances"
        )
    return least, most


def _resolve(call: Call[ApiSeams], server: dict[str, Any], least: int, most: int) -> Wish:
    if server.get("trusted_image_certificates"):
        call.enforce(TRUSTED_CERTS)
    destination = destination_of(call, server)
    flavor = _flavor(call, str(server["flavorRef"]))
    image = boot_image(call, server.get("imageRef") or _image_of_devices(server), flavor)
    devices = block_devices(call, server, image.id, flavor)
    keypair = _keypair(call, server.get("key_name"))
    limits = limits_of(call)
    _refuse_metadata(limits, server.get("metadata", {}))
    hints = _hints(call.body)
    group = _group(call, hints)
    plan = network_plan(call, server, most)
    if plan.count < least:
        raise Refused(code=403, message="Maximum number of ports exceeded")
    count = allowed_count(call, limits, flavor, least, min(most, plan.count))
    _refuse_full_group(limits, group, count)
    password = server.get("adminPass") or _password(call)
    return Wish(server["name"].strip(), flavor, image, keypair, destination, plan, devices, group,
                hints, count, password, server)


def _image_of_devices(server: dict[str, Any]) -> str | None:
    for device in server.get("block_device_mapping_v2") or ():
        if device.get("source_type") == "image" and str(device.get("boot_index")) == "0":
            found: str | None = device.get("uuid")
            return found
    return None


def _flavor(call: Call[ApiSeams], flavor_id: str) -> Flavor:
    """One the caller may use: an unknown, disabled or foreign private one is a bad request."""
    try:
        flavor = call.seams.stores.api.flavors.get(flavor_id)
        if not flavor.is_public and not call.context.is_admin:
            if call.context.project_id not in call.seams.stores.api.flavors.access(flavor_id):
                raise FlavorNotFound(flavor_id=flavor_id)
    except FlavorNotFound as error:
        raise Refused(code=400, message=error.message) from None
    if flavor.disabled:
        raise Refused(code=404, message=FlavorNotFound(flavor_id=flavor_id).message)
    return flavor


def _keypair(call: Call[ApiSeams], name: str | None) -> KeyPair | None:
    if not name:
        return None
    try:
        return call.seams.stores.api.keypairs.get(call.context.user_id or "", name)
    except KeypairNotFound:
        raise Refused(code=400, message="Invalid key_name provided.") from None


def _refuse_metadata(limits: dict[str, int], metadata: dict[str, str]) -> None:
    if limits["metadata_items"] != UNLIMITED and len(metadata) > limits["metadata_items"]:
        raise MetadataLimitExceeded(allowed=limits["metadata_items"])


def _hints(body: dict[str, Any]) -> dict[str, list[str]]:
    given = body.get("os:scheduler_hints") or body.get("OS-SCH-HNT:scheduler_hints") or {}
    return {name: value if isinstance(value, list) else [value] for name, value in given.items()}


def _group(call: Call[ApiSeams], hints: dict[str, list[str]]) -> ServerGroup | None:
    wanted = hints.get("group")
    if not wanted:
        return None
    try:
        group = call.seams.stores.api.groups.get(wanted[0])
    except NotFound as error:
        raise Refused(code=400, message=error.message) from None
    if group.project_id != call.context.project_id and not call.context.is_admin:
        unknown = ServerGroupNotFound(group_uuid=wanted[0])
        raise Refused(code=400, message=unknown.message)
    return group


def _refuse_full_group(limits: dict[str, int], group: ServerGroup | None, count: int) -> None:
    allowed = limits["server_group_members"]
    if group and allowed != UNLIMITED and len(group.members) + count > allowed:
        raise Refused(code=403, message="Quota exceeded, too many servers in group")


def _password(call: Call[ApiSeams]) -> str:
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return "".join(secrets.choice(letters) for _ in range(call.seams.conf.password_length))


def _build(
    call: Call[ApiSeams], wish: Wish, number: int, reservation: str
) -> tuple[BuildRequest, RequestSpec]:
    uuid = str(uuids.uuid4())
    now = call.seams.clock.now()
    name = numbered(wish.name, number + 1, wish.count)
    instance = _instance(call, wish, uuid, name, number, reservation)
    build = BuildRequest(
        instance_uuid=uuid,
        project_id=instance.project_id,
        instance=instance,
        request_id=call.context.request_id,
        arguments=_arguments(wish),
        owner=None,
        lease_expires_at=None,
        deadline=now + _deadline(call),
        attempts=0,
        created_at=now,
    )
    return build, _spec(call, wish, uuid)


def _deadline(call: Call[ApiSeams]) -> timedelta:
    """[DEFAULT]instance_build_timeout when the operator set one."""
    limit = call.seams.conf.instance_build_timeout
    return timedelta(seconds=limit) if limit else Build.deadline


def _arguments(wish: Wish) -> dict[str, Any]:
    """What the build's progress needs beyond the record; see nova/conductor/intake.py."""
    return {
        "interfaces": primitives(wish.networks),
        "auto": wish.networks.auto,
        "security_groups": list(wish.networks.security_groups),
        "image": wish.image.facts,
        "personality": wish.server.get("personality") or [],
        "admin_password": wish.password,
        "block_devices": [_of_its_own(device).obj_to_primitive() for device in wish.devices],
    }


def _of_its_own(device: BlockDevice) -> BlockDevice:
    """Servers of one request are wished alike, but each has its own devices."""
    own: BlockDevice = device.obj_clone()
    own.uuid = str(uuids.uuid4())
    return own


def _instance(
    call: Call[ApiSeams], wish: Wish, uuid: str, name: str, number: int, reservation: str
) -> Instance:
    server, flavor = wish.server, wish.flavor
    now = call.seams.clock.now()
    values: dict[str, Any] = dict.fromkeys(Instance.fields)
    values |= {
        "uuid": uuid,
        "user_id": call.context.user_id,
        "project_id": call.context.project_id,
        "image_ref": wish.image.id,
        "kernel_id": wish.image.properties.get("kernel_id", ""),
        "ramdisk_id": wish.image.properties.get("ramdisk_id", ""),
        "launch_index": number,
        "key_name": wish.keypair.name if wish.keypair else None,
        "key_data": wish.keypair.public_key if wish.keypair else None,
        "power_state": int(PowerState.PENDING),
        "vm_state": VmState.BUILDING.value,
        "task_state": TaskState.SCHEDULING.value,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "instance_type_id": flavor.id,
        "hostname": server.get("hostname") or hostname_of(name, uuid),
        "user_data": server.get("user_data"),
        "reservation_id": reservation,
        "availability_zone": wish.destination.zone,
        "display_name": name,
        "display_description": server.get("description", name if call.legacy else None),
        "os_type": wish.image.properties.get("os_type"),
        "architecture": wish.image.properties.get("hw_architecture"),
        "vm_mode": wish.image.properties.get("hw_vm_mode"),
        "root_device_name": wish.image.properties.get("root_device_name"),
        "access_ip_v4": server.get("accessIPv4"),
        "access_ip_v6": server.get("accessIPv6"),
        "config_drive": _config_drive(call, server, wish.image),
        "progress": 0,
        "auto_disk_config": server.get("OS-DCF:diskConfig") == "AUTO",
        "disable_terminate": False,
        "cleaned": False,
        "hidden": False,
        "created_at": now,
        "updated_at": now,
        "deleted": False,
        "metadata": dict(server.get("metadata") or {}),
        "system_metadata": _system_metadata(call, wish),
        "network_info": [],
        "flavor": flavor,
        "tags": sorted(set(server.get("tags") or ())),
        "keypairs": [wish.keypair.obj_to_primitive()] if wish.keypair else [],
        "trusted_certs": server.get("trusted_image_certificates"),
        "block_devices": [],
    }
    values.pop("id")
    return Instance.hydrate(values)


def _system_metadata(call: Call[ApiSeams], wish: Wish) -> dict[str, str]:
    names = {
        "owner_user_name": call.context.user_name or call.context.user_id or "",
        "owner_project_name": call.context.project_name or call.context.project_id or "",
        "boot_roles": ",".join(call.context.roles),
    }
    return wish.image.system_metadata | names


def _config_drive(call: Call[ApiSeams], server: dict[str, Any], image: BootImage) -> str:
    """'True' or '': asked for, forced by the operator, or needed by the image."""
    wanted = strutils.bool_from_string(server.get("config_drive", False))
    needed = image.properties.get("img_config_drive") == "mandatory"
    return "True" if wanted or needed or call.seams.conf.force_config_drive else ""


def _spec(call: Call[ApiSeams], wish: Wish, uuid: str) -> RequestSpec:
    to = wish.destination
    return RequestSpec(
        instance_uuid=uuid,
        project_id=call.context.project_id or "",
        user_id=call.context.user_id,
        flavor=wish.flavor,
        image=wish.image.for_scheduler,
        num_instances=wish.count,
        availability_zone=to.zone,
        force_hosts=[to.forced_host] if to.forced_host else [],
        force_nodes=[to.forced_node] if to.forced_node else [],
        requested_host=to.requested_host,
        requested_node=to.requested_node,
        ignore_hosts=[],
        hints=wish.hints,
        group=wish.group.uuid if wish.group else None,
        is_bfv=False,
        security_groups=list(wish.networks.security_groups),
        requested_networks=[NetworkRequest(**one) for one in primitives(wish.networks)],
        requested_resources=[],
        limit_cell=None,
    )


def _answer(call: Call[ApiSeams], wish: Wish, uuid: str) -> Answer:
    groups = [g["name"] for g in wish.server.get("security_groups", ()) if g.get("name")]
    body: dict[str, Any] = {
        "id": uuid,
        "links": call.links("servers", uuid),
        "OS-DCF:diskConfig": wish.server.get("OS-DCF:diskConfig", "MANUAL"),
        "security_groups": [{"name": name} for name in dict.fromkeys(groups or ["default"])],
    }
    if call.seams.conf.api.enable_instance_password:
        body["adminPass"] = wish.password
    location = call.self_link("servers", uuid)["href"]
    return Answer({"server": body}, headers={"Location": location})


ROUTES = (
    Route(
        "POST", "/servers", create_server, success=202, body=BODY,
        policies=(
            POLICY, TRUSTED_CERTS, FORCED_HOST, REQUESTED_DESTINATION, ATTACH_VOLUME,
            ATTACH_NETWORK, ZERO_DISK, EXTERNAL_NETWORK,
        ),
    ),
)
