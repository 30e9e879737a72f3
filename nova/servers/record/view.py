"""A server as users see it, at each microversion."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nova.core.call import Call
from nova.core.policy import ADMIN, ADMIN_OR_OWNER, READER, Policy
from nova.core.states import status_of
from nova.core.view import Shown, Views
from nova.microversions import (
    DESCRIPTION,
    EMBEDDED_FLAVOR,
    EXTENDED_ATTRIBUTES,
    GROUPS_SHOWN,
    HINTS_SHOWN,
    HOST_STATUS,
    HOSTNAME,
    IMAGE_PROPERTIES,
    LOCK_REASON,
    LOCKED_SHOWN,
    PINNED_ZONE,
    SERVER_TAGS,
    STRICT_PARAMETERS,
    TRUSTED_CERTIFICATES,
)
from nova.objects.cloud import RequestSpec
from nova.objects.flavor import Flavor
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.steps.guest_spec import guest_name, image_properties

ATTRIBUTES = Policy(
    "os-extended-server-attributes", ADMIN, "Show where a server is and how it was made"
)
FLAVOR_SPECS = Policy(
    "servers:show:flavor-extra-specs", READER, "Show the extra specs of a server's flavor",
    deprecated=("os_compute_api:os-flavor-extra-specs:index", ADMIN_OR_OWNER),
)
SHOW_HOST_STATUS = Policy("servers:show:host_status", ADMIN, "Show how a server's host is")
SHOW_UNKNOWN_HOST = Policy(
    "servers:show:host_status:unknown-only", ADMIN,
    "Show that a server's host does not report, and nothing else of it",
)
VIEW_POLICIES = (ATTRIBUTES, FLAVOR_SPECS, SHOW_HOST_STATUS, SHOW_UNKNOWN_HOST)

WITH_PROGRESS = ("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING")
WITH_FAULT = ("ERROR", "DELETED")
UNREPORTING = "UNKNOWN"


@dataclass(frozen=True)
class Beside:
    """What is known of several servers beyond their records, by uuid (hosts: by name)."""

    host_status: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, RequestSpec] = field(default_factory=dict)
    groups: Mapping[str, str] | None = None
    security_groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Look:
    """Who looks, and what they may see: asked once, however many servers are shown."""

    def __init__(self, call: Call[ApiSeams], beside: Beside) -> None:
        self.call = call
        self.beside = beside
        self._allowed: dict[Policy, bool] = {}

    def allows(self, policy: Policy) -> bool:
        found = self._allowed.get(policy)
        if found is None:
            found = self._allowed[policy] = self.call.allows(policy)
        return found


class Seen:
    """One server and who looks at it."""

    __slots__ = ("beside", "call", "instance", "look", "status")

    def __init__(self, look: Look, instance: Instance) -> None:
        self.look = look
        self.call = look.call
        self.beside = look.beside
        self.instance = instance
        self.status = status_of(
            instance.vm_state, instance.task_state, bool(instance.deleted)
        )

    @property
    def spec(self) -> RequestSpec | None:
        return self.beside.specs.get(self.instance.uuid)


def time(moment: datetime | None) -> str | None:
    """In whole seconds of UTC, as all our times are."""
    return None if moment is None else f"{moment.isoformat('T', 'seconds')[:19]}Z"


def precise_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat("T", "microseconds")[:26]


def host_id(instance: Instance) -> str:
    """Tells servers on one host from those on others, within a project, and no more."""
    if not instance.host:
        return ""
    return hashlib.sha224(f"{instance.project_id}{instance.host}".encode()).hexdigest()


def addresses(instance: Instance) -> dict[str, list[dict[str, Any]]]:
    """By network label; nothing while the server is being built."""
    if instance.vm_state == "building":
        return {}
    shown: dict[str, list[dict[str, Any]]] = {}
    for vif in instance.network_info:
        network = vif["network"]
        shown.setdefault(network.get("label") or "", []).extend(_addresses(vif, network))
    return shown


def brief_addresses(instance: Instance) -> dict[str, list[dict[str, Any]]]:
    return {
        label: [{"version": one["version"], "addr": one["addr"]} for one in found]
        for label, found in addresses(instance).items()
    }


def _addresses(
    vif: Mapping[str, Any], network: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Of the stored form, as it is: a list shows only this of what a port is."""
    mac = vif["address"]
    for subnet in network.get("subnets", ()):
        version = subnet.get("version") or 4
        for ip in subnet.get("ips", ()):
            yield _address(mac, ip["address"], version, "fixed")
            for one in ip.get("floating_ips", ()):
                yield _address(mac, one["address"], version, "floating")


def _address(mac: str, ip: str, version: int, kind: str) -> dict[str, Any]:
    return {
        "addr": ip,
        "version": version,
        "OS-EXT-IPS:type": kind,
        "OS-EXT-IPS-MAC:mac_addr": mac,
    }


def image_link(call: Call[ApiSeams], image_id: str) -> dict[str, Any]:
    return {"id": image_id, "links": [call.bookmark_link("images", image_id)]}


def _image(seen: Seen) -> Any:
    if not seen.instance.image_ref:
        return ""
    shown = image_link(seen.call, seen.instance.image_ref)
    if seen.call.has(IMAGE_PROPERTIES):
        shown["properties"] = image_properties(seen.instance)
    return shown


def _flavor(seen: Seen) -> dict[str, Any]:
    flavor = seen.instance.flavor
    if not seen.call.has(EMBEDDED_FLAVOR):
        links = [seen.call.bookmark_link("flavors", flavor.flavorid)]
        return {"id": flavor.flavorid, "links": links}
    return _flavor_copy(flavor, with_specs=seen.look.allows(FLAVOR_SPECS))


def embedded_flavor(call: Call[ApiSeams], flavor: Flavor) -> dict[str, Any]:
    return _flavor_copy(flavor, with_specs=call.allows(FLAVOR_SPECS))


def _flavor_copy(flavor: Flavor, *, with_specs: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "vcpus": flavor.vcpus,
        "ram": flavor.memory_mb,
        "disk": flavor.root_gb,
        "ephemeral": flavor.ephemeral_gb,
        "swap": flavor.swap,
        "original_name": flavor.name,
    }
    if with_specs:
        shown["extra_specs"] = dict(flavor.extra_specs)
    return shown


def fault(seen: Seen) -> dict[str, Any] | None:
    found = seen.instance.fault
    if found is None or seen.status not in WITH_FAULT:
        return None
    shown: dict[str, Any] = {
        "code": found.code, "created": time(found.created_at), "message": found.message
    }
    if found.details and (seen.call.context.is_admin or found.code != 500):
        shown["details"] = found.details
    return shown


def _disk_config(seen: Seen) -> str:
    return "AUTO" if seen.instance.auto_disk_config else "MANUAL"


def _groups(seen: Seen) -> list[str]:
    group = (seen.beside.groups or {}).get(seen.instance.uuid)
    return [group] if group else []


def _volumes(seen: Seen) -> list[dict[str, Any]]:
    volumes = [d for d in seen.instance.block_devices if d.volume_id]
    if not seen.call.has(EXTENDED_ATTRIBUTES):
        return [{"id": d.volume_id} for d in volumes]
    return [
        {"id": d.volume_id, "delete_on_termination": bool(d.delete_on_termination)}
        for d in volumes
    ]


def _pinned(seen: Seen) -> str | None:
    return seen.spec.availability_zone if seen.spec else None


def _hints(seen: Seen) -> dict[str, Any]:
    """Every value is a list, however it was given."""
    return dict(seen.spec.hints) if seen.spec else {}


def _column(name: str) -> Callable[[Seen], Any]:
    return lambda seen: getattr(seen.instance, name)


ShownServer = Shown[Seen]

# In every answer that shows a whole server, changing ones (PUT) included.
PLAIN: tuple[ShownServer, ...] = (
    Shown("id", lambda s: s.instance.uuid),
    Shown("name", lambda s: s.instance.display_name),
    Shown("status", lambda s: s.status),
    Shown("tenant_id", lambda s: s.instance.project_id or ""),
    Shown("user_id", lambda s: s.instance.user_id or ""),
    Shown("metadata", lambda s: dict(s.instance.metadata)),
    Shown("hostId", lambda s: host_id(s.instance)),
    Shown("image", _image),
    Shown("flavor", _flavor),
    Shown("created", lambda s: time(s.instance.created_at)),
    Shown("updated", lambda s: time(s.instance.updated_at or s.instance.created_at)),
    Shown("addresses", lambda s: addresses(s.instance)),
    Shown("accessIPv4", lambda s: s.instance.access_ip_v4 or ""),
    Shown("accessIPv6", lambda s: s.instance.access_ip_v6 or ""),
    Shown("links", lambda s: s.call.links("servers", s.instance.uuid)),
    Shown("OS-DCF:diskConfig", _disk_config),
    Shown("locked", lambda s: s.instance.locked, since=LOCKED_SHOWN),
    Shown("description", lambda s: s.instance.display_description, since=DESCRIPTION),
    Shown("tags", lambda s: list(s.instance.tags), since=SERVER_TAGS),
    Shown("trusted_image_certificates", lambda s: s.instance.trusted_certs,
          since=TRUSTED_CERTIFICATES),
    Shown("locked_reason", lambda s: s.instance.system_metadata.get("locked_reason"),
          since=LOCK_REASON),
)
MORE: tuple[ShownServer, ...] = (
    Shown("OS-EXT-AZ:availability_zone", lambda s: s.instance.availability_zone or ""),
    Shown("config_drive", lambda s: s.instance.config_drive or ""),
    Shown("key_name", lambda s: s.instance.key_name),
    Shown("OS-EXT-STS:power_state", lambda s: s.instance.power_state),
    Shown("OS-EXT-STS:task_state", lambda s: s.instance.task_state),
    Shown("OS-EXT-STS:vm_state", lambda s: s.instance.vm_state),
    Shown("OS-SRV-USG:launched_at", lambda s: precise_time(s.instance.launched_at)),
    Shown("OS-SRV-USG:terminated_at", lambda s: precise_time(s.instance.terminated_at)),
    Shown("os-extended-volumes:volumes_attached", _volumes),
    Shown("pinned_availability_zone", _pinned, since=PINNED_ZONE),
    Shown("scheduler_hints", _hints, since=HINTS_SHOWN),
)
_HOSTNAME: ShownServer = Shown(
    "OS-EXT-SRV-ATTR:hostname", lambda s: s.instance.hostname, since=EXTENDED_ATTRIBUTES
)
EXTENDED: tuple[ShownServer, ...] = (
    Shown("OS-EXT-SRV-ATTR:host", lambda s: s.instance.host),
    Shown("OS-EXT-SRV-ATTR:hypervisor_hostname", lambda s: s.instance.node),
    Shown("OS-EXT-SRV-ATTR:instance_name",
          lambda s: guest_name(s.call.seams.conf, s.instance) if s.instance.known("id") else ""),
    *(
        Shown(f"OS-EXT-SRV-ATTR:{name}", _column(name), since=EXTENDED_ATTRIBUTES)
        for name in ("reservation_id", "launch_index", "kernel_id", "ramdisk_id",
                     "root_device_name", "user_data")
    ),
    _HOSTNAME,
)
_CHANGED = Views(*PLAIN)
_WHOLE = Views(*PLAIN, *MORE)
_EXTENDED = Views(*EXTENDED)
_NAMED = Views(_HOSTNAME)


def short(call: Call[ApiSeams], instance: Instance) -> dict[str, Any]:
    return {
        "id": instance.uuid,
        "name": instance.display_name,
        "links": call.links("servers", instance.uuid),
    }


def changed(call: Call[ApiSeams], instance: Instance, beside: Beside) -> dict[str, Any]:
    """What changing a server answers: less than showing one, until versions aligned them."""
    if call.has(STRICT_PARAMETERS):
        return full(call, instance, beside)
    seen = Seen(Look(call, beside), instance)
    plainly = {"addresses": brief_addresses(instance)}
    return _CHANGED.of(seen, call.version) | plainly | _occasional(seen)


def full(call: Call[ApiSeams], instance: Instance, beside: Beside) -> dict[str, Any]:
    return _full(Seen(Look(call, beside), instance))


def all_full(
    call: Call[ApiSeams], instances: Sequence[Instance], beside: Beside
) -> list[dict[str, Any]]:
    look = Look(call, beside)
    return [_full(Seen(look, instance)) for instance in instances]


def _full(seen: Seen) -> dict[str, Any]:
    version = seen.call.version
    shown = _WHOLE.of(seen, version)
    shown |= _occasional(seen)
    if seen.look.allows(ATTRIBUTES):
        shown |= _EXTENDED.of(seen, version)
    elif version >= HOSTNAME:
        shown |= _NAMED.of(seen, version)
    if version >= HOST_STATUS:
        shown |= _host_status(seen)
    names = seen.beside.security_groups.get(seen.instance.uuid)
    if names:
        shown["security_groups"] = [{"name": name} for name in names]
    return shown


def _occasional(seen: Seen) -> dict[str, Any]:
    """What is there only for some servers."""
    shown: dict[str, Any] = {}
    if seen.status in WITH_PROGRESS:
        shown["progress"] = seen.instance.progress or 0
    told = fault(seen)
    if told is not None:
        shown["fault"] = told
    if seen.call.has(GROUPS_SHOWN) and seen.beside.groups is not None:
        shown["server_groups"] = _groups(seen)
    return shown


def _host_status(seen: Seen) -> dict[str, Any]:
    status = seen.beside.host_status.get(seen.instance.host or "", "")
    if seen.look.allows(SHOW_HOST_STATUS):
        return {"host_status": status}
    if status == UNREPORTING and seen.look.allows(SHOW_UNKNOWN_HOST):
        return {"host_status": status}
    return {}
