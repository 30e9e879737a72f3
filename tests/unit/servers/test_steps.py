"""What families of verbs share: ports, claims, files of the config drive, the guest's shape."""

import base64
import json
from typing import Any

import pytest

from nova.clients.network.contract import FixedIp, Vif, VifNetwork, VifSubnet, vifs_to_json
from nova.clients.vendordata.memory import VendorDataMemory
from nova.objects.server import Instance
from nova.servers.steps.config_drive import config_drive_files, subject_of_build
from nova.servers.steps.guest_spec import as_saved, guest_spec, image_ref, known_image
from nova.servers.steps.metadata.versions import LATEST, OPENSTACK
from nova.servers.steps.shutdown import grace
from nova.servers.steps.wiring import given_ports, preexisting_ports
from nova.virt.contract import Swap
from tests import records
from tests.cloud import configured

USER_DATA = base64.b64encode(b"#!/bin/sh\n").decode()


def server(**more: Any) -> Instance:
    values = {"id": 10, "config_drive": None, "created_at": None, "os_type": None, "node": "n1",
              "availability_zone": "nova", "key_name": None, "key_data": None,
              "user_data": None, "reservation_id": "r-1", "metadata": {"role": "web"},
              "root_device_name": None, "kernel_id": "", "ramdisk_id": ""}
    return records.instance(**{**values, **more})


def vif(port: str = "port-1", **more: Any) -> Vif:
    subnet = VifSubnet("10.0.0.0/24", gateway="10.0.0.1", dns=("9.9.9.9",),
                       ips=(FixedIp("10.0.0.5"),), enable_dhcp=more.pop("dhcp", True))
    return Vif(port_id=port, mac="fa:16:3e:00:00:01",
               network=VifNetwork("net-1", "net", subnets=(subnet,)), **more)


def files(made: Instance, **progress: Any) -> dict[str, Any]:
    conf = configured()
    found = config_drive_files(conf, subject_of_build(conf, made, progress, VendorDataMemory()))
    return {path: json.loads(content) if path.endswith(".json") else content
            for path, content in found.items()}


def test_each_version_of_the_tree_says_who_the_guest_is() -> None:
    made = server(key_name="mine", key_data="ssh-rsa AAA")
    tree = files(made, admin_password="secret")
    for version in (*OPENSTACK, LATEST):
        meta = tree[f"openstack/{version}/meta_data.json"]
        assert (meta["uuid"], meta["name"], meta["meta"]) == (
            made.uuid, made.display_name, {"role": "web"})
        assert meta["public_keys"] == {"mine": "ssh-rsa AAA"}
        assert meta["admin_pass"] == "secret"
    assert "openstack/2015-10-15/network_data.json" in tree
    assert "openstack/2013-10-17/network_data.json" not in tree
    assert tree["ec2/latest/meta-data.json"]["instance-id"] == "i-0000000a"


def test_user_data_and_files_are_there_when_given() -> None:
    assert not [path for path in files(server()) if "user" in path or "content" in path]
    content = base64.b64encode(b"hello").decode()
    tree = files(server(user_data=USER_DATA), personality=[
        {"path": "/etc/motd", "contents": content}])
    assert tree["openstack/latest/user_data"] == tree["ec2/latest/user-data"] == b"#!/bin/sh\n"
    assert tree["openstack/content/0000"] == b"hello"
    assert tree["openstack/latest/meta_data.json"]["files"] == [
        {"path": "/etc/motd", "content_path": "/content/0000"}]


@pytest.mark.parametrize("dhcp", [True, False])
def test_networks_say_how_an_address_is_had(dhcp: bool) -> None:
    made = server(network_info=vifs_to_json([vif(dhcp=dhcp, tag="front")]))
    tree = files(made)
    data = tree["openstack/latest/network_data.json"]
    (link,), (network,) = data["links"], data["networks"]
    assert (link["vif_id"], link["ethernet_mac_address"]) == ("port-1", "fa:16:3e:00:00:01")
    assert data["services"] == [{"type": "dns", "address": "9.9.9.9"}]
    assert network["type"] == ("ipv4_dhcp" if dhcp else "ipv4")
    assert network.get("ip_address") == (None if dhcp else "10.0.0.5")
    if not dhcp:
        assert network["netmask"] == "255.255.255.0"
        assert network["routes"] == [
            {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.0.1"}]
    (device,) = tree["openstack/latest/meta_data.json"]["devices"]
    assert device["tags"] == ["front"]


def test_ports_of_users_are_known_before_and_after_they_are_wired() -> None:
    asked = [{"port_id": "a"}, {"network_id": "n"}, {"port_id": None}]
    waiting = server(system_metadata=given_ports(asked))
    assert preexisting_ports(waiting) == {"a"}
    wired = server(network_info=vifs_to_json([vif("b", preexisting=True), vif("c")]))
    assert preexisting_ports(wired) == {"b"}


def test_a_guest_is_what_its_record_says() -> None:
    made = server(
        vcpus=2, memory_mb=1024, root_gb=7, ephemeral_gb=3, flavor=records.flavor(swap=64),
        network_info=vifs_to_json([vif()]), config_drive="True",
        system_metadata={"image_hw_disk_bus": "sata", "image_disk_format": "qcow2",
                         **as_saved({"uuid": "x"})},
    )
    spec = guest_spec(configured(), made)
    assert (spec.uuid, spec.name, spec.vcpus, spec.memory_mb) == (
        made.uuid, "instance-0000000a", 2, 1024)
    assert (spec.root.size_gb, [one.size_gb for one in spec.ephemerals]) == (7, [3])
    assert spec.swap and spec.swap.size_mb == 64
    assert dict(spec.image_properties) == {"hw_disk_bus": "sata"} and spec.saved == {"uuid": "x"}
    assert [nic.port_id for nic in spec.nics] == ["port-1"]
    assert spec.config_drive and not spec.config_drive.files, "the drive it has is kept"


def test_disks_are_as_they_were_asked_for() -> None:
    def asked(**more: Any) -> Any:
        plain = {"source_type": "blank", "destination_type": "local", "boot_index": -1,
                 "volume_id": None, "volume_size": None, "guest_format": None,
                 "disk_bus": None, "device_name": None, "device_type": None}  # fmt: skip
        return records.block_device("u", **{**plain, **more})

    made = server(ephemeral_gb=3, flavor=records.flavor(swap=64), block_devices=[
        asked(source_type="image", boot_index=0, disk_bus="sata", device_type="disk"),
        asked(volume_size=1, guest_format="ext4", device_type="floppy"), asked(disk_bus="scsi"),
        asked(guest_format="swap", volume_size=16, device_name="/dev/vdd")])
    spec = guest_spec(configured(), made)
    assert (spec.root.bus, spec.root.device_type) == ("sata", "disk")
    assert [(one.size_gb, one.filesystem, one.bus, one.device_type) for one in spec.ephemerals
            ] == [(1, "ext4", None, "floppy"), (3, None, "scsi", None)]
    assert spec.swap and (spec.swap.size_mb, spec.swap.device) == (16, "/dev/vdd")
    bare = server(flavor=records.flavor(swap=64), block_devices=[asked(guest_format="swap")])
    assert guest_spec(configured(), bare).swap == Swap(64)
    none = server(flavor=records.flavor(swap=0), block_devices=[])
    assert guest_spec(configured(), none).swap is None


def test_a_guest_s_image_is_known_from_the_record() -> None:
    assert known_image(server(image_ref="")) is None and image_ref({}) is None
    known = known_image(server(image_ref="i", system_metadata={
        "image_disk_format": "qcow2", "image_min_disk": "4"}))
    assert known and (known.image_id, known.disk_format, known.min_disk_gb) == ("i", "qcow2", 4)


@pytest.mark.parametrize(("wish", "seconds"), [({}, 60), ({"image_os_shutdown_timeout": "9"}, 9),
                                               ({"image_os_shutdown_timeout": "-1"}, 60)])
def test_a_guest_has_time_to_shut_down(wish: dict[str, str], seconds: float) -> None:
    assert grace(configured(shutdown_timeout=60), server(system_metadata=wish))[0] == seconds
