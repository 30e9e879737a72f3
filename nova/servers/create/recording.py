"""From a wish to what is recorded: a build request and a request spec for each server."""

import secrets
import string
import uuid as uuids
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oslo_utils import strutils

from nova.core.call import Call
from nova.core.formats import shortest_address
from nova.core.states import PowerState, TaskState, VmState
from nova.microversions import DESCRIPTION
from nova.objects.cloud import BuildRequest, NetworkRequest, RequestSpec
from nova.objects.server import BlockDevice, Instance
from nova.seams import ApiSeams
from nova.servers.create.build import Build
from nova.servers.create.naming import hostname_of, numbered
from nova.servers.create.networks import primitives
from nova.servers.create.port_groups import groups_of, requested_resources
from nova.servers.create.wish import Wish
from nova.servers.steps.hardware import numa_of
from nova.servers.steps.trusted import trusted_certificates
from nova.virt.contract.numa import GuestNuma
from nova.virt.pci.wishes import (
    PciWish,
    affinity_of,
    aliases_of,
    wish_of_port,
    wishes_of,
    wishes_to_json,
)
from nova.virt.topology.kept import guest_to_json

ALPHABET = string.ascii_lowercase + string.digits


def new_reservation() -> str:
    """What all servers of one request have in common."""
    return "r-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def build_of(
    call: Call[ApiSeams], wish: Wish, number: int, reservation: str
) -> tuple[BuildRequest, RequestSpec]:
    """The `number`th server (from 0) of a request."""
    uuid = str(uuids.uuid4())
    now = call.seams.clock.now()
    instance = _instance(call, wish, uuid, number, now)
    instance.keep({"reservation_id": reservation})
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
        "port_groups": groups_of(wish.networks.ports),
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
    call: Call[ApiSeams], wish: Wish, uuid: str, number: int, now: datetime
) -> Instance:
    values: dict[str, Any] = dict.fromkeys(Instance.fields)
    values |= {
        "uuid": uuid,
        "user_id": call.context.user_id,
        "project_id": call.context.project_id,
        "launch_index": number,
        "created_at": now,
        "updated_at": now,
    }
    values |= _beginning() | _asked(call, wish) | _of_flavor(wish) | _of_image(wish)
    values |= _names(call, wish, uuid, number) | _parts(call, wish) | _hardware(call, wish, uuid)
    values.pop("id")
    return Instance.hydrate(values)


def _beginning() -> dict[str, Any]:
    return {
        "power_state": int(PowerState.PENDING),
        "vm_state": VmState.BUILDING.value,
        "task_state": TaskState.SCHEDULING.value,
        "progress": 0,
        "disable_terminate": False,
        "cleaned": False,
        "hidden": False,
        "deleted": False,
    }


def _asked(call: Call[ApiSeams], wish: Wish) -> dict[str, Any]:
    server = wish.server
    return {
        "key_name": wish.keypair.name if wish.keypair else None,
        "key_data": wish.keypair.public_key if wish.keypair else None,
        "user_data": server.get("user_data"),
        "availability_zone": wish.destination.zone,
        "access_ip_v4": shortest_address(server.get("accessIPv4")),
        "access_ip_v6": shortest_address(server.get("accessIPv6")),
        "config_drive": _config_drive(call, wish),
        "auto_disk_config": wish.image.auto_disk_config(server.get("OS-DCF:diskConfig")),
    }


def _of_flavor(wish: Wish) -> dict[str, Any]:
    flavor = wish.flavor
    return {
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "instance_type_id": flavor.id,
    }


def _of_image(wish: Wish) -> dict[str, Any]:
    properties = wish.image.present
    return {
        "image_ref": wish.image.id,
        "kernel_id": properties.get("kernel_id", ""),
        "ramdisk_id": properties.get("ramdisk_id", ""),
        "os_type": properties.get("os_type"),
        "architecture": properties.get("hw_architecture"),
        "vm_mode": properties.get("hw_vm_mode"),
        "root_device_name": _device(properties.get("img_root_device_name")),
    }


def _names(call: Call[ApiSeams], wish: Wish, uuid: str, number: int) -> dict[str, Any]:
    name = numbered(wish.name, number + 1, wish.count)
    # Before there were descriptions, the name was kept as one.
    described = wish.server.get("description") if call.has(DESCRIPTION) else name
    return {
        "display_name": name,
        "display_description": described,
        "hostname": wish.server.get("hostname") or hostname_of(name, uuid),
    }


def _parts(call: Call[ApiSeams], wish: Wish) -> dict[str, Any]:
    server = wish.server
    return {
        "metadata": dict(server.get("metadata") or {}),
        "system_metadata": _system_metadata(call, wish),
        "network_info": [],
        "flavor": wish.flavor,
        "tags": sorted(set(server.get("tags") or ())),
        "keypairs": [wish.keypair.obj_to_primitive()] if wish.keypair else [],
        "trusted_certs": trusted_certificates(
            call.seams.conf, server.get("trusted_image_certificates")
        ),
        "block_devices": [],
    }


def _hardware(call: Call[ApiSeams], wish: Wish, uuid: str) -> dict[str, Any]:
    """What the server wants of its host for itself; the host says what it got."""
    flavor, properties = wish.flavor, wish.image.present
    specs = flavor.extra_specs or {}
    aliases = aliases_of(call.seams.conf.pci.alias)
    return {
        "numa_topology": guest_to_json(_near(wish, numa_of(flavor, properties)), uuid),
        "pci_requests": wishes_to_json(
            (*wishes_of(uuid, specs, properties, aliases), *_of_ports(wish, uuid))
        ),
    }


def _near(wish: Wish, numa: GuestNuma | None) -> GuestNuma | None:
    """Memory that wants to be near the networks."""
    plan = wish.networks
    return numa and replace(numa, networks=plan.physical_networks, tunneled=plan.tunneled)


def _of_ports(wish: Wish, uuid: str) -> Iterator[PciWish]:
    """Ports that are devices of the host."""
    affinity = affinity_of(wish.flavor.extra_specs or {}, wish.image.present)
    for port in wish.networks.ports:
        network = wish.networks.physical_of.get(port.network_id)
        closeness = port.numa_affinity_policy or affinity
        made = wish_of_port(uuid, port.id, port.vnic_type, network, closeness)
        if made is not None:
            yield made


def _system_metadata(call: Call[ApiSeams], wish: Wish) -> dict[str, str]:
    names = {
        "owner_user_name": call.context.user_name or call.context.user_id or "",
        "owner_project_name": call.context.project_name or call.context.project_id or "",
        "boot_roles": ",".join(call.context.roles),
    }
    return wish.image.system_metadata | names


def _device(name: str | None) -> str | None:
    return f"/dev/{name.removeprefix('/dev/')}" if name else None


def _config_drive(call: Call[ApiSeams], wish: Wish) -> str:
    """'True' or '': asked for, forced by the operator, or needed by the image."""
    wanted = strutils.bool_from_string(wish.server.get("config_drive", False))
    needed = wish.image.properties.get("img_config_drive") == "mandatory"
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
        requested_resources=requested_resources(wish.networks.ports),
        limit_cell=None,
        network_metadata=_near_networks(wish, uuid),
    )


def _near_networks(wish: Wish, uuid: str) -> dict[str, Any]:
    """What of the networks matters to where the server goes."""
    found = {
        "physnets": sorted(wish.networks.physical_networks),
        "tunneled": wish.networks.tunneled,
    }
    devices = [
        {"port": one.port_id, "spec": dict(one.specs[0]), "numa_policy": one.policy}
        for one in _of_ports(wish, uuid)
    ]
    return {**found, "devices": devices} if devices else found
