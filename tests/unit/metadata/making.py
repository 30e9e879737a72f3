"""A metadata service with one server, on in-memory stores and services."""

import base64
import hashlib
import hmac
from typing import Any

import webob

from nova.clients.network.contract import (
    FixedIp,
    Route,
    Vif,
    VifNetwork,
    VifSubnet,
    vifs_to_json,
)
from nova.clients.network.contract.resources import Port, PortAddress, SecurityGroup
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.network.servers import networking
from nova.clients.vendordata.memory import VendorDataMemory
from nova.metadata.app import MetadataApp
from nova.metadata.seams import MetadataSeams
from nova.metadata.servers import OfAllCells
from nova.objects.cloud import InstanceMapping
from nova.objects.server import Instance
from tests import records
from tests.api.world import StillClock
from tests.cloud import configured
from tests.stores import CELL1_UUID, memory_stores

SECRET = "shared"
UUID = "b65cee2f-8c69-4aeb-be2f-f79742548fc2"
PROJECT = "a2d0ebc8f2b74c0db5d6a0d1c1f3c5b7"
KEY = "ssh-ed25519 AAAA mine"
IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
MAC = "fa:16:3e:00:00:01"


def vif(**more: Any) -> Vif:
    v4 = VifSubnet("10.0.0.0/24", gateway="10.0.0.1", dns=("9.9.9.9",), enable_dhcp=True,
                   ips=(FixedIp("10.0.0.5", ("172.24.4.3",)),))
    v6 = VifSubnet("fd00::/64", version=6, gateway="fd00::1", dns=("2620:fe::9",),
                   routes=(Route("fd01::/64", "fd00::2"),), ips=(FixedIp("fd00::5"),))
    values = {"port_id": "port-1", "mac": MAC, "vif_type": "ovs", "devname": "tap-1"}
    network = VifNetwork("net-1", "net", subnets=(v4, v6), mtu=1450)
    return Vif(network=network, **{**values, **more})


def instance(**more: Any) -> Instance:
    values = {
        "uuid": UUID, "project_id": PROJECT, "display_name": "My Server", "hostname": "my-server",
        "availability_zone": "az1", "launch_index": 0, "reservation_id": "r-1",
        "key_name": "mine", "key_data": KEY, "image_ref": IMAGE, "vcpus": 2,
        "keypairs": [{"name": "mine", "type": "ssh", "public_key": KEY}],
        "user_data": base64.b64encode(b"#!/bin/sh\n\xff").decode(),
        "root_device_name": "/dev/vda", "flavor": records.flavor(name="m1.tiny"),
        "network_info": vifs_to_json([vif()]), "vm_state": "active", "task_state": None,
        "system_metadata": {"boot_roles": "member,reader"}, "metadata": {"role": "web"},
        "kernel_id": "", "ramdisk_id": "", "default_ephemeral_device": None,
        "default_swap_device": None, "host": "host1",
    }  # fmt: skip
    return records.instance(**{**values, **more})


class Service:
    """`options` as of nova.conf; `server` the one server there is."""

    def __init__(self, server: Instance | None = None, **options: Any) -> None:
        self.clock = StillClock()
        self.conf = configured(**{
            "neutron__service_metadata_proxy": True,
            "neutron__metadata_proxy_shared_secret": SECRET, **options})
        self.stores = memory_stores(self.clock)
        self.cell = self.stores.cell(CELL1_UUID)
        self.network = NetworkState(self.clock.lock)
        self.vendor = VendorDataMemory()
        self.uuid = self.add(server or instance())
        memory = NetworkMemory(self.network)
        self.app = MetadataApp(MetadataSeams(
            conf=self.conf, clock=self.clock, servers=OfAllCells(self.stores), network=memory,
            guards=networking(self.conf, self.clock, memory).guards, vendor=self.vendor))

    def add(self, server: Instance) -> str:
        self.cell.operations.create(server, records.operation(server.uuid))
        self.stores.api.mappings.add([InstanceMapping(
            instance_uuid=server.uuid, cell_uuid=CELL1_UUID, project_id=server.project_id or "",
            user_id="u", queued_for_delete=False)])
        group = SecurityGroup(f"group-{server.uuid}", "default", server.project_id or "")
        self.network.groups[group.id] = group
        self.add_port(server.uuid, "10.0.0.5", security_groups=(group.id,))
        return server.uuid

    def add_port(self, device: str, address: str, **more: Any) -> None:
        port = Port(
            id=records.new_uuid(), network_id="net-1", project_id=PROJECT, mac=MAC,
            device_id=device, device_owner="compute:az1",
            addresses=(PortAddress("subnet-1", address),), **more)
        self.network.put_port(port)

    def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None,
        headers: dict[str, str] | None = None, address: str = "10.0.0.5",
    ) -> webob.Response:
        request = webob.Request.blank(path, method=method)
        request.remote_addr = address
        request.headers.update(signed(self.uuid) if headers is None else headers)
        if body is not None:
            request.body = body
        return request.get_response(self.app)


def signed(uuid: str, project: str = PROJECT, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), uuid.encode(), hashlib.sha256).hexdigest()
    return {"X-Instance-ID": uuid, "X-Tenant-ID": project, "X-Instance-ID-Signature": signature}
