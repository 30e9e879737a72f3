"""Under which names guests find their disks."""

from typing import Any

from nova.objects.server import BlockDevice
from nova.servers.steps.device_names import names, usual_names
from nova.servers.steps.metadata.devices import kept
from nova.servers.steps.metadata.ec2 import mappings
from nova.virt.contract import DeviceAddress
from tests import records

SERVER = "00000000-0000-4000-8000-000000000001"
PLACES = [
    DeviceAddress("nic", "fa:16:3e:00:00:01", "pci", "0000:00:03.0"),
    *(DeviceAddress("disk", f"vd{letter}", "pci", f"0000:00:0{number}.0")
      for number, letter in enumerate("abcd", 4)),
]  # fmt: skip


def local(**more: Any) -> BlockDevice:
    plain = {"source_type": "blank", "destination_type": "local", "boot_index": -1,
             "device_name": None, "volume_id": None, "guest_format": None, "tag": None}  # fmt: skip
    return records.block_device(SERVER, **{**plain, **more})


ROOT = local(source_type="image", boot_index=0, tag="root")
EPHEMERAL, SWAP = local(), local(guest_format="swap")


def test_the_root_then_ephemeral_disks_then_swap() -> None:
    found = names([SWAP, EPHEMERAL, ROOT], PLACES)
    assert found == {ROOT.uuid: "/dev/vda", EPHEMERAL.uuid: "/dev/vdb", SWAP.uuid: "/dev/vdc"}


def test_names_of_volumes_are_their_own() -> None:
    volume = records.block_device(SERVER, device_name="/dev/vdb", boot_index=None)
    found = names([ROOT, volume, EPHEMERAL], PLACES)
    assert found == {
        ROOT.uuid: "/dev/vda", volume.uuid: "/dev/vdb", EPHEMERAL.uuid: "/dev/vdc"}


def test_a_wish_that_the_guest_does_not_know_is_none() -> None:
    wished, odd = local(device_name="/dev/vdd"), local(device_name="sdb")
    assert names([ROOT, odd, wished], PLACES) == {
        ROOT.uuid: "/dev/vda", odd.uuid: "/dev/vdb", wished.uuid: "/dev/vdd"}


def test_nothing_is_known_before_there_is_a_guest() -> None:
    assert names([ROOT], []) == {ROOT.uuid: ""}
    assert usual_names([ROOT, EPHEMERAL], []) == {}


def test_the_first_ephemeral_disk_and_swap_are_kept_with_the_server() -> None:
    assert usual_names([ROOT, EPHEMERAL, local(), SWAP], PLACES) == {
        "default_ephemeral_device": "/dev/vdb", "default_swap_device": "/dev/vdd"}


def test_a_disk_with_a_tag_is_told_where_it_is() -> None:
    made = records.instance(uuid=SERVER, block_devices=[ROOT, EPHEMERAL], network_info=[])
    assert kept(made, PLACES) == [
        {"type": "disk", "tags": ["root"], "bus": "pci", "address": "0000:00:04.0",
         "path": "/dev/vda"}]


def test_ec2_is_told_of_disks_that_have_a_name() -> None:
    made = records.instance(
        uuid=SERVER, block_devices=[ROOT, EPHEMERAL], root_device_name="/dev/vda",
        default_ephemeral_device="/dev/vdb", default_swap_device=None)
    assert mappings(made) == {"ami": "vda", "root": "/dev/vda", "ephemeral0": "/dev/vdb"}
