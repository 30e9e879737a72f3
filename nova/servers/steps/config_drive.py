"""What a guest is told of itself, as files: the config drive's tree.

Formats and paths are those that guest agents read: openstack/<version>/ with
meta_data.json, network_data.json, user_data and vendor data, and ec2/.
"""

import base64
import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import Vif, vifs_from_json
from nova.objects.server import Instance

VERSIONS = (
    "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06",
    "2017-02-22", "2018-08-27", "2020-10-14", "latest",
)
NETWORK_DATA_SINCE = "2015-10-15"


def config_drive_files(instance: Instance, progress: Mapping[str, Any]) -> dict[str, bytes]:
    """{path: content}; `progress` is a build's, for what only it knows (password, files)."""
    files: dict[str, bytes] = {}
    meta = _json(meta_data(instance, progress))
    network = _json(network_data(instance))
    for version in VERSIONS:
        folder = f"openstack/{version}"
        files[f"{folder}/meta_data.json"] = meta
        files[f"{folder}/vendor_data.json"] = b"{}"
        if version >= NETWORK_DATA_SINCE:
            files[f"{folder}/network_data.json"] = network
        if instance.user_data:
            files[f"{folder}/user_data"] = base64.b64decode(instance.user_data)
    for number, (_, content) in enumerate(_injected(progress)):
        files[f"openstack/content/{number:04d}"] = content
    files["ec2/latest/meta-data.json"] = _json(ec2_data(instance))
    if instance.user_data:
        files["ec2/latest/user-data"] = base64.b64decode(instance.user_data)
    return files


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _injected(progress: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    return [
        (one["path"], base64.b64decode(one["contents"]))
        for one in progress.get("personality") or ()
    ]


def meta_data(instance: Instance, progress: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "uuid": instance.uuid,
        "name": instance.display_name,
        "hostname": instance.hostname,
        "launch_index": instance.launch_index or 0,
        "availability_zone": instance.availability_zone,
        "project_id": instance.project_id,
        "meta": dict(instance.metadata),
        "devices": _tagged_devices(instance),
        "dedicated_cpus": [],
    }
    if instance.key_name and instance.key_data:
        data["public_keys"] = {instance.key_name: instance.key_data}
        data["keys"] = [{"name": instance.key_name, "type": "ssh", "data": instance.key_data}]
    if progress.get("admin_password"):
        data["admin_pass"] = progress["admin_password"]
    if progress.get("random_seed"):
        data["random_seed"] = progress["random_seed"]
    files = [
        {"path": path, "content_path": f"/content/{number:04d}"}
        for number, (path, _) in enumerate(_injected(progress))
    ]
    return {**data, "files": files} if files else data


def _tagged_devices(instance: Instance) -> list[dict[str, Any]]:
    return [
        {"type": "nic", "bus": "none", "address": "none", "mac": vif.mac, "tags": [vif.tag]}
        for vif in vifs_from_json(instance.network_info)
        if vif.tag
    ]


def ec2_data(instance: Instance) -> dict[str, Any]:
    return {
        "instance-id": f"i-{instance.id:08x}",
        "hostname": instance.hostname,
        "local-hostname": instance.hostname,
        "ami-launch-index": instance.launch_index or 0,
        "instance-type": instance.flavor.name,
        "reservation-id": instance.reservation_id,
        "placement": {"availability-zone": instance.availability_zone},
        "public-keys": (
            {"0": {"openssh-key": instance.key_data}} if instance.key_data else {}
        ),
    }


def network_data(instance: Instance) -> dict[str, Any]:
    """The links, networks and services of the guest's interfaces."""
    vifs = vifs_from_json(instance.network_info)
    links = [_link(vif) for vif in vifs]
    networks = [one for vif in vifs for one in _networks(vif)]
    servers = {ip for vif in vifs for subnet in vif.network.subnets for ip in subnet.dns}
    services = [{"type": "dns", "address": ip} for ip in sorted(servers)]
    return {"links": links, "networks": networks, "services": services}


def _link(vif: Vif) -> dict[str, Any]:
    return {
        "id": vif.devname or vif.port_id,
        "vif_id": vif.port_id,
        "type": vif.vif_type,
        "ethernet_mac_address": vif.mac,
        "mtu": vif.mtu,
    }


def _networks(vif: Vif) -> list[dict[str, Any]]:
    found = []
    for number, subnet in enumerate(vif.network.subnets):
        dhcp = subnet.enable_dhcp
        kind = f"ipv{subnet.version}"
        entry: dict[str, Any] = {
            "id": f"network{number}",
            "link": vif.devname or vif.port_id,
            "network_id": vif.network_id,
            "type": f"{kind}_dhcp" if dhcp else kind,
        }
        if not dhcp:
            entry |= _static(subnet)
        found.append(entry)
    return found


def _static(subnet: Any) -> dict[str, Any]:
    net = ipaddress.ip_network(subnet.cidr)
    routes = [
        {"network": str(ipaddress.ip_network(route.cidr).network_address),
         "netmask": str(ipaddress.ip_network(route.cidr).netmask), "gateway": route.gateway}
        for route in subnet.routes
    ]
    if subnet.gateway:
        anywhere = "0.0.0.0" if subnet.version == 4 else "::"
        routes.append({"network": anywhere, "netmask": anywhere, "gateway": subnet.gateway})
    return {
        "ip_address": subnet.ips[0].address if subnet.ips else None,
        "netmask": str(net.netmask),
        "routes": routes,
        "services": [{"type": "dns", "address": ip} for ip in subnet.dns],
    }
