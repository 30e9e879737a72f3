"""Every path at every version, and what the documents say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from nova.servers.steps.config_drive import config_drive_files, subject_of_build
from nova.servers.steps.metadata.versions import OPENSTACK
from tests.unit.metadata.making import IMAGE, KEY, PROJECT, UUID, Service, instance

PATHS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "paths.yaml").read_text())


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


def document(service: Service, version: str, name: str = "meta_data.json") -> Any:
    answer = service.ask(f"/openstack/{version}/{name}")
    assert answer.status_int == 200, answer.text
    assert answer.content_type == "application/json"
    return json.loads(answer.body)


@pytest.mark.parametrize("path", PATHS)
def test_path(service: Service, path: str) -> None:
    answer = service.ask(path)
    if PATHS[path] == "absent":
        assert answer.status_int == 404
        return
    assert answer.status_int == 200
    assert answer.text == str(PATHS[path])
    assert answer.content_type == ("application/json" if path.endswith(".json") else "text/plain")


def test_user_data_is_what_the_user_gave(service: Service) -> None:
    tree = "/openstack/2012-08-10/user_data"
    for path in ("/latest/user-data", "/openstack/latest/user_data", tree):
        assert service.ask(path).body == b"#!/bin/sh\n\xff"
    bare = Service(instance(user_data=None, key_name=None, key_data=None, keypairs=[]))
    assert bare.ask("/latest").text == "meta-data/"
    assert "user_data" not in bare.ask("/openstack/latest").text
    assert bare.ask("/openstack/latest/user_data").status_int == 404
    assert bare.ask("/latest/user-data").status_int == 404
    assert "public-keys" not in bare.ask("/latest/meta-data").text
    assert not {"keys", "public_keys"} & set(document(bare, "latest"))


BASIC = {"uuid", "name", "hostname", "launch_index", "availability_zone", "meta", "keys",
         "public_keys"}
MORE = {"2013-04-04": {"random_seed"}, "2015-10-15": {"project_id"}, "2016-06-30": {"devices"},
        "2020-10-14": {"dedicated_cpus"}}


@pytest.mark.parametrize("version", OPENSTACK)
def test_meta_data_grows_with_versions(service: Service, version: str) -> None:
    more = (names for since, names in MORE.items() if since <= version)
    assert set(document(service, version)) == BASIC.union(*more)


def test_meta_data(service: Service) -> None:
    found = document(service, "latest")
    seed = found.pop("random_seed")
    assert len(seed) == 684 and seed != document(service, "latest")["random_seed"]
    assert found == {
        "uuid": UUID, "name": "My Server", "hostname": "my-server.novalocal", "launch_index": 0,
        "availability_zone": "az1", "meta": {"role": "web"}, "project_id": PROJECT,
        "public_keys": {"mine": KEY}, "keys": [{"name": "mine", "type": "ssh", "data": KEY}],
        "devices": [], "dedicated_cpus": [],
    }


@pytest.mark.parametrize(("hostname", "domain", "told"), [
    ("web", "", "web"), ("web", "example.org", "web.example.org"),
    ("web.other.org", "example.org", "web.other.org.example.org"),
    ("web.other.org", "", "web.other.org"),
])  # fmt: skip
def test_hostname(hostname: str, domain: str, told: str) -> None:
    service = Service(instance(hostname=hostname), api__dhcp_domain=domain)
    assert document(service, "latest")["hostname"] == told
    assert service.ask("/latest/meta-data/local-hostname").text == told


def test_network_data(service: Service) -> None:
    found = document(service, "latest", "network_data.json")
    assert found["links"] == [{
        "id": "tap-1", "vif_id": "port-1", "type": "ovs", "mtu": None,
        "ethernet_mac_address": "fa:16:3e:00:00:01"}]
    dns = [{"type": "dns", "address": "2620:fe::9"}]
    assert found["networks"] == [
        {"id": "network0", "link": "tap-1", "network_id": "net-1", "type": "ipv4_dhcp"},
        {"id": "network1", "link": "tap-1", "network_id": "net-1", "type": "ipv6",
         "ip_address": "fd00::5", "netmask": "ffff:ffff:ffff:ffff::", "services": dns,
         "routes": [{"network": "::", "netmask": "::", "gateway": "fd00::1"},
                    {"network": "fd01::", "netmask": "ffff:ffff:ffff:ffff::",
                     "gateway": "fd00::2"}]}]
    assert found["services"] == [{"type": "dns", "address": "9.9.9.9"}, *dns]


def test_vendor_data_of_file_and_services() -> None:
    service = Service()
    service.vendor._static = {"banner": "hello"}
    service.vendor._answers = {"inventory": {"rack": 7}}
    assert document(service, "latest", "vendor_data.json") == {"banner": "hello"}
    told = {"static": {"banner": "hello"}, "inventory": {"rack": 7}}
    for version in ("2016-10-06", "latest"):
        assert document(service, version, "vendor_data2.json") == told
    (asked,) = service.vendor.asked
    assert asked == {
        "project-id": PROJECT, "instance-id": UUID, "image-id": IMAGE,
        "user-data": "IyEvYmluL3NoCv8=", "hostname": "my-server", "metadata": {"role": "web"},
        "boot-roles": "member,reader"}


def test_a_vendor_who_must_answer_and_does_not() -> None:
    service = Service()
    service.vendor.failing = True
    assert service.ask("/openstack/latest/vendor_data2.json").status_int == 500
    assert service.ask("/openstack/latest/meta_data.json").status_int == 200


NIC = {"type": "nic", "mac": "fa:16:3e:00:00:01", "bus": "pci", "address": "0000:00:02.0"}
DEVICES = [
    {**NIC, "tags": ["front"]}, {**NIC, "vlan": 7}, {**NIC, "vf_trusted": True},
    {"type": "disk", "bus": "scsi", "address": "0:0:1:0", "serial": "abc", "path": "/dev/sda",
     "tags": ["data"]},
    {"type": "disk", "tags": ["adrift"]},
    {"type": "share", "share_id": "s-1", "tag": "home"},
]  # fmt: skip


def test_devices_by_version() -> None:
    service = Service(instance(device_metadata=DEVICES))
    by_version = {version: document(service, version).get("devices") for version in OPENSTACK}
    assert by_version["2015-10-15"] is None
    disks = [DEVICES[3], {"type": "disk", "bus": "none", "address": "none", "tags": ["adrift"]}]
    assert by_version["2016-06-30"] == [DEVICES[0], *disks]
    assert by_version["2017-02-22"] == [DEVICES[0], DEVICES[1], *disks]
    nics = [{"vf_trusted": False, **nic} for nic in DEVICES[:3]]
    assert by_version["2018-08-27"] == [*nics, *disks]
    assert by_version["2025-04-04"] == [*nics, *disks, DEVICES[5]]


@pytest.mark.parametrize(("specs", "cpus"), [
    ({}, []), ({"hw:cpu_policy": "shared"}, []),
    ({"hw:cpu_policy": "dedicated"}, [0, 1, 2, 3]),
    ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "0-2,^1"}, [0, 2]),
    ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "^0"}, [1, 2, 3]),
])  # fmt: skip
def test_dedicated_cpus(specs: dict[str, str], cpus: list[int]) -> None:
    from tests import records

    service = Service(instance(vcpus=4, flavor=records.flavor(extra_specs=specs)))
    assert document(service, "2020-10-14")["dedicated_cpus"] == cpus


def test_versions_of_a_day_to_come_are_not_listed() -> None:
    service = Service()
    service.clock.moment = service.clock.moment.replace(year=2020, month=10, day=13)
    listed = service.ask("/openstack").text.split()
    assert listed[-2:] == ["2018-08-27", "latest"]


def test_block_devices_by_what_they_are_for() -> None:
    from tests import records

    service = Service(instance(default_ephemeral_device="/dev/vdb", block_devices=[
        records.block_device(UUID, device_name="/dev/vdd"),
        records.block_device(UUID, device_name="/dev/vdc", boot_index=None),
        records.block_device(UUID, source_type="blank", destination_type="local",
                             guest_format="swap", device_name="/dev/vde", boot_index=None)]))
    where = "/latest/meta-data/block-device-mapping"
    assert service.ask(where).text.split() == ["ami", "ebs0", "ebs1", "ephemeral0", "root", "swap"]
    assert service.ask(f"{where}/ebs0").text == "/dev/vdc"
    assert service.ask(f"{where}/swap").text == "/dev/vde"


def test_the_config_drive_says_the_same(service: Service) -> None:
    """The same code makes both; only chance differs, and how EC2's tree is written."""
    subject = subject_of_build(
        service.conf, service.cell.instances.get(UUID), {}, service.vendor, ("default",)
    )
    files = config_drive_files(service.conf, subject)
    for path, content in files.items():
        if path.startswith("openstack/"):
            found, told = service.ask(f"/{path}").body, content
            if path.endswith("meta_data.json"):
                found, told = (_without_chance(json.loads(one)) for one in (found, told))
            assert found == told, path
    listed = {f"openstack/{v}/{name}" for v in (*OPENSTACK, "latest")
              for name in service.ask(f"/openstack/{v}").text.split() if name != "password"}
    assert {path for path in files if path.startswith("openstack/")} == listed
    assert sorted(path for path in files if path.startswith("ec2/")) == [
        "ec2/2009-04-04/meta-data.json", "ec2/2009-04-04/user-data",
        "ec2/latest/meta-data.json", "ec2/latest/user-data"]
    tree = json.loads(files["ec2/latest/meta-data.json"])
    assert tree["public-keys"] == {"0": {"openssh-key": KEY}}
    for name in ("hostname", "local-ipv4", "instance-type", "ami-id"):
        assert tree[name] == service.ask(f"/latest/meta-data/{name}").text


def _without_chance(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "random_seed"}
