"""The documents of the OpenStack tree, by version."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from nova.objects.server import Instance
from nova.servers.steps.metadata import devices, versions
from nova.servers.steps.metadata.cpus import dedicated_cpus
from nova.servers.steps.metadata.network_data import network_data
from nova.servers.steps.metadata.subject import Subject
from nova.servers.steps.metadata.user_data import user_data

META_DATA, USER_DATA, PASSWORD = "meta_data.json", "user_data", "password"
VENDOR_DATA, VENDOR_DATA_2 = "vendor_data.json", "vendor_data2.json"
NETWORK_DATA = "network_data.json"
CONTENT = "content"
SEED_BYTES = 512
# In the order in which they are listed; the password is nobody's document but a conversation.
SINCE = {
    META_DATA: versions.OPENSTACK[0],
    USER_DATA: versions.OPENSTACK[0],
    PASSWORD: versions.PASSWORD,
    VENDOR_DATA: versions.VENDOR_DATA,
    NETWORK_DATA: versions.NETWORK_DATA,
    VENDOR_DATA_2: versions.VENDOR_DATA_2,
}


def listing(subject: Subject, version: str) -> list[str]:
    """The names of what there is at `version`."""
    missing = {USER_DATA} if user_data(subject.instance) is None else set()
    return [name for name, since in SINCE.items() if since <= version and name not in missing]


def document(subject: Subject, version: str, name: str) -> bytes:
    """KeyError for what is not there at `version`."""
    if name not in listing(subject, version) or name == PASSWORD:
        raise KeyError(name)
    if name == USER_DATA:
        return user_data(subject.instance) or b""
    return json.dumps(_value(subject, version, name), sort_keys=True).encode()


def _value(subject: Subject, version: str, name: str) -> Any:
    if name == META_DATA:
        return meta_data(subject, version)
    if name == NETWORK_DATA:
        return network_data(subject.vifs)
    if name == VENDOR_DATA:
        return subject.vendor.static() or {}
    return vendor_data_2(subject)


def meta_data(subject: Subject, version: str) -> dict[str, Any]:
    instance = subject.instance
    found: dict[str, Any] = {
        "uuid": instance.uuid,
        "name": instance.display_name,
        "hostname": subject.hostname,
        "launch_index": instance.launch_index or 0,
        "availability_zone": instance.availability_zone,
        **_given(subject),
        **_keys(instance),
    }
    if version >= versions.RANDOM_SEED:
        found["random_seed"] = _seed(subject)
    if version >= versions.PROJECT_ID:
        found["project_id"] = instance.project_id
    if version >= versions.DEVICES:
        found["devices"] = devices.shown(subject.devices, version)
    if version >= versions.DEDICATED_CPUS:
        found["dedicated_cpus"] = dedicated_cpus(instance)
    return found


def _given(subject: Subject) -> dict[str, Any]:
    """What is there only when somebody gave it."""
    found: dict[str, Any] = {}
    if subject.instance.metadata:
        found["meta"] = dict(subject.instance.metadata)
    if subject.files:
        found["files"] = [
            {"path": path, "content_path": f"/{CONTENT}/{name}"}
            for name, (path, _) in zip(contents(subject), subject.files, strict=True)
        ]
    if subject.admin_password:
        found["admin_pass"] = subject.admin_password
    return found


def contents(subject: Subject) -> dict[str, bytes]:
    """Files that the user gave, by number."""
    return {f"{number:04d}": content for number, (_, content) in enumerate(subject.files)}


def _keys(instance: Instance) -> dict[str, Any]:
    if not instance.key_name:
        return {}
    kept = instance.keypairs[0] if instance.keypairs else {}
    name = kept.get("name") or instance.key_name
    data = kept.get("public_key") or instance.key_data
    key = {"name": name, "type": kept.get("type") or "ssh", "data": data}
    return {"public_keys": {name: data}, "keys": [key]}


def _seed(subject: Subject) -> str:
    return base64.b64encode(subject.entropy(SEED_BYTES)).decode()


def vendor_data_2(subject: Subject) -> dict[str, Any]:
    """What services said by their names; `static` is the operator's file."""
    found = subject.vendor.dynamic(asked(subject))
    static = subject.vendor.static()
    return found if static is None else {**found, "static": static}


def asked(subject: Subject) -> Mapping[str, Any]:
    """What a vendor's service is told of the server."""
    instance = subject.instance
    roles = instance.system_metadata.get("boot_roles", "")
    return {
        "project-id": instance.project_id,
        "instance-id": instance.uuid,
        "image-id": instance.image_ref,
        "user-data": instance.user_data,
        "hostname": instance.hostname,
        "metadata": dict(instance.metadata),
        "boot-roles": roles,
    }
