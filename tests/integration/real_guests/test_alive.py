"""A real server that runs: what it is told about itself, what is asked of it, what is plugged
into it.  What counts is what the guest says on its serial port, and what its hypervisor says."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.integration.real_guests.conftest import ADMIN, KEY, LINUX, RealCloud

pytestmark = pytest.mark.timeout(900)


def told(text: str, kind: str) -> Any:
    """A document that the guest read, the last time it did."""
    return json.loads(re.findall(rf"GUEST {kind} ([^\r\n]*)", text)[-1])


def nics(cloud: RealCloud, uuid: str, *macs: str) -> None:
    """Wait until the guest has just these."""
    words = f" [ {''.join(f'{mac} ' for mac in sorted(macs))}]"

    def last() -> str:
        return cloud.text(uuid).rpartition("GUEST NICS")[2].partition("\n")[0]

    cloud.until(lambda: words in last(), lambda: (words, last()))


def interfaces(cloud: RealCloud, uuid: str) -> list[dict[str, Any]]:
    listed = cloud.request("GET", f"/servers/{uuid}/os-interface").body
    found: list[dict[str, Any]] = listed["interfaceAttachments"]
    return found


def test_its_config_drive_tells_it_all(cloud: RealCloud, server: str) -> None:
    text = cloud.text(server)
    assert "GUEST DRIVE vfat" in text
    latest = {"meta_data.json", "network_data.json", "vendor_data.json", "vendor_data2.json",
              "user_data"}  # fmt: skip
    files = re.findall(r"GUEST FILES ([^\r\n]*)", text)[-1].split()
    assert {f"openstack/latest/{name}" for name in latest} <= {*files}
    assert {"ec2/latest/meta-data.json", "ec2/latest/user-data"} <= {*files}
    meta, ec2 = told(text, "META"), told(text, "EC2")
    assert (meta["uuid"], meta["name"], meta["meta"]) == (server, "first", {"purpose": "proof"})
    assert meta["hostname"].split(".")[0] == "first"
    assert meta["public_keys"] == {"mine": KEY}
    assert ec2["local-hostname"].split(".")[0] == "first"
    assert ec2["public-keys"]["0"]["openssh-key"] == KEY
    assert f"GUEST KEYS {KEY}" in text


def test_it_knows_its_devices_by_their_names(cloud: RealCloud, server: str) -> None:
    text = cloud.text(server)
    devices = {one["tags"][0]: one for one in told(text, "META")["devices"]}
    nic, disk = devices["front"], devices["root"]
    mac = interfaces(cloud, server)[0]["mac_addr"]
    assert (nic["type"], nic["bus"], nic["mac"]) == ("nic", "pci", mac)
    assert (disk["type"], disk["bus"]) == ("disk", "pci")
    running = cloud.ask(server, lambda domain: domain.XMLDesc(0))
    for one in (nic, disk):
        slot = int(one["address"].split(":")[2].split(".")[0], 16)
        assert f"slot='0x{slot:02x}'" in running


def test_it_takes_the_address_it_is_told(cloud: RealCloud, server: str) -> None:
    network = told(cloud.text(server), "NETWORK")
    (own, *_) = interfaces(cloud, server)
    address = own["fixed_ips"][0]["ip_address"]
    assert network["links"][0]["ethernet_mac_address"] == own["mac_addr"]
    (told_of,) = network["networks"]
    assert (told_of["type"], told_of["network_id"]) == ("ipv4", cloud.net.id)
    assert told_of["ip_address"] == address
    assert cloud.show(server)["addresses"]["wired"][0]["addr"] == address
    cloud.says(server, f"NOVA GUEST READY first {address}")


def test_its_console_can_be_read(cloud: RealCloud, server: str) -> None:
    reply = cloud.act(server, {"os-getConsoleOutput": {}})
    assert "NOVA GUEST READY first" in reply.body["output"]
    ends = cloud.act(server, {"os-getConsoleOutput": {"length": 2}}).body["output"]
    assert len(ends.splitlines()) <= 2


def test_its_shape_is_shown(cloud: RealCloud, server: str) -> None:
    assert cloud.show(server)["OS-EXT-SRV-ATTR:root_device_name"] == "/dev/vda"
    shown = cloud.request("GET", f"/servers/{server}/topology", token=ADMIN)
    assert shown.status == 200, shown.body
    (node,) = shown.body["nodes"]
    assert (node["memory_mb"], node["vcpu_set"], node["host_node"]) == (512, [0], 0)
    assert "<cell id='0' cpus='0' memory='524288'" in cloud.definition(server)
    plain = cloud.request("GET", f"/servers/{server}/topology").body["nodes"][0]
    assert "host_node" not in plain


def test_interfaces_come_and_go_while_it_runs(cloud: RealCloud, server: str) -> None:
    (own,) = interfaces(cloud, server)
    nics(cloud, server, own["mac_addr"])
    wishes: list[dict[str, str]] = [{}, {"tag": "back"}]
    added = []
    for wish in wishes:
        body = {"interfaceAttachment": {"net_id": cloud.net.id, **wish}}
        reply = cloud.request("POST", f"/servers/{server}/os-interface", body)
        assert reply.status == 200, (reply.body, cloud.story(server))
        added.append(reply.body["interfaceAttachment"])
    macs = [one["mac_addr"] for one in added]
    nics(cloud, server, own["mac_addr"], *macs)
    first = f"/servers/{server}/os-interface/{added[0]['port_id']}"
    assert cloud.request("DELETE", first).status == 202
    cloud.until(lambda: len(interfaces(cloud, server)) == 2, lambda: cloud.story(server))
    nics(cloud, server, own["mac_addr"], macs[1])
    kept = cloud.definition(server)
    assert macs[1] in kept and macs[0] not in kept
    assert f"tap{added[1]['port_id']}"[:14] in kept


def test_what_it_used(cloud: RealCloud, server: str) -> None:
    reply = cloud.request("GET", f"/servers/{server}/diagnostics", token=ADMIN)
    assert reply.status == 200, reply.body
    use = reply.body
    assert (use["driver"], use["hypervisor"], use["state"]) == ("libvirt", "qemu", "running")
    assert use["cpu_details"][0]["time"] > 10**8
    assert use["disk_details"][0]["read_bytes"] > 10**5
    assert (use["num_nics"], use["config_drive"]) == (len(interfaces(cloud, server)), True)
    assert use["uptime"] >= 0
    old = cloud.request("GET", f"/servers/{server}/diagnostics", token=ADMIN, version="2.1")
    assert old.body["vda_read"] > 10**5
    assert old.body["memory"] == 512 * 1024


def test_its_agent_sets_a_password(cloud: RealCloud, server: str) -> None:
    cloud.did(server, "changePassword", {"adminPass": "s3cret: words"}, "ACTIVE")
    text = cloud.says(server, "GUEST SHADOW root:$6$")
    kept = re.findall(r"GUEST SHADOW root:([^:]+):", text)[-1]
    _, _, salt, _ = kept.split("$")
    command = ["openssl", "passwd", "-6", "-salt", salt, "s3cret: words"]
    assert subprocess.check_output(command, text=True, timeout=30).strip() == kept
    shown = cloud.request("GET", f"/servers/{server}/os-server-password")
    assert (shown.status, shown.body) == (200, {"password": ""}), "an agent's is no secret of ours"


def test_an_interrupt_reaches_it(cloud: RealCloud, server: str) -> None:
    cloud.did(server, "trigger_crash_dump", None, "ACTIVE")
    cloud.says(server, "NMI received for unknown reason")


def test_a_picture_is_taken_while_its_file_systems_rest(cloud: RealCloud, server: str) -> None:
    reply = cloud.act(server, {"createImage": {"name": "picture"}})
    assert reply.status == 202, reply.body
    cloud.settled(server, "ACTIVE")
    text = cloud.says(server, "NOVA GUEST GOES ON")
    assert text.index("NOVA GUEST RESTS") < text.index("NOVA GUEST GOES ON")
    image = cloud.image_state.images.get(reply.body["image_id"])
    assert image is not None, cloud.story(server)
    assert (image.status, image.disk_format) == ("active", "qcow2")
    assert image.properties["hw_qemu_guest_agent"] == "yes"
    assert image.properties["base_image_ref"] == LINUX
    assert cloud.image_state.files[image.id].startswith(b"QFI\xfb")
