"""Real guests whose disks are in a real Ceph pool."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from nova.virt.contract import BlankDisk, ConfigDrive, PowerState, RootDisk, SnapshotWish, Swap
from nova.virt.contract.errors import ImageTooBig
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.subjects import GIB, describe, state, wait_until_up


@pytest.fixture(scope="module")
def guest(on_ceph):
    made = describe(
        on_ceph.tiny,
        ephemerals=(BlankDisk(1),),
        swap=Swap(8),
        config_drive=ConfigDrive({"openstack/latest/meta_data.json": b'{"a": 1}'}),
    )
    on_ceph.driver.spawn.spawn(made)
    yield made
    on_ceph.driver.spawn.destroy(made.uuid)
    assert on_ceph.leftovers(made.uuid) == []


def test_a_guest_boots_from_the_pool_and_writes_its_console(on_ceph, guest):
    wait_until_up(on_ceph, guest)
    parts = ("disk", "disk.config", "disk.eph0", "disk.swap")
    assert on_ceph.disks(guest.uuid) == [f"{guest.uuid}_{part}" for part in parts]
    files = {path.name for path in (on_ceph._directory / guest.uuid).iterdir()}
    assert files <= {"console.log", "disk.info"}


def test_its_definition_says_how_the_cluster_is_reached(on_ceph, guest):
    import libvirt

    connection = libvirt.open(on_ceph._conf.libvirt.connection_uri)
    text = connection.lookupByUUIDString(guest.uuid).XMLDesc(0)
    connection.close()
    assert text.count("<source protocol='rbd'") == 4
    assert f"<secret type='ceph' uuid='{on_ceph._conf.libvirt.rbd_secret_uuid}'/>" in text
    assert f"<host name='127.0.0.1' port='{on_ceph.ceph.port}'/>" in text
    assert "discard='unmap'" in text


def test_it_stops_and_starts(on_ceph, guest):
    driver = on_ceph.driver
    driver.power.power_off(guest.uuid)
    assert state(on_ceph, guest) is PowerState.SHUTDOWN
    later = dataclasses.replace(guest, config_drive=ConfigDrive(None))
    driver.power.power_on(later)
    assert state(on_ceph, guest) is PowerState.RUNNING
    driver.power.reboot_hard(later)
    wait_until_up(on_ceph, guest)


def test_a_host_that_lost_its_files_finds_the_disks(on_ceph, guest):
    driver = on_ceph.driver
    driver.spawn.destroy(guest.uuid, destroy_disks=False)
    for path in (on_ceph._directory / guest.uuid).iterdir():
        path.unlink()
    (on_ceph._directory / guest.uuid).rmdir()
    driver.power.power_on(dataclasses.replace(guest, config_drive=ConfigDrive(None)))
    wait_until_up(on_ceph, guest)
    assert len(on_ceph.disks(guest.uuid)) == 4


def test_the_root_disk_grows(on_ceph, guest):
    on_ceph.driver.power.power_off(guest.uuid)
    larger = dataclasses.replace(guest, root=dataclasses.replace(guest.root, size_gb=2))
    builder = on_ceph.driver.spawn._builder
    builder._disks.grow(larger)
    facts = json.loads(on_ceph.ceph.rbd("info", f"vms/{guest.uuid}_disk", "--format", "json"))
    assert facts["size"] == 2 * GIB
    on_ceph.driver.power.power_on(guest)
    wait_until_up(on_ceph, guest)


def test_the_host_offers_what_the_pool_has(on_ceph):
    (node,) = on_ceph.driver.inventory.nodes()
    facts = on_ceph.driver.inventory.facts(node)
    assert facts.disk_gb in (1, 2)
    assert facts.disk_available_least_gb <= facts.disk_gb


def test_an_image_in_the_cluster_is_cloned(on_ceph):
    content = tiny_guest.disk()
    image = _in_the_cluster(on_ceph, content)
    made = describe(image, root=RootDisk(image, size_gb=1))
    on_ceph.driver.spawn.spawn(made)
    wait_until_up(on_ceph, made)
    facts = json.loads(on_ceph.ceph.rbd("info", f"vms/{made.uuid}_disk", "--format", "json"))
    assert facts["parent"]["image"] == image.image_id
    assert facts["size"] == GIB
    assert image.image_id not in on_ceph.images.fetched
    _becomes_an_image_and_a_guest_again(on_ceph, made)
    on_ceph.driver.spawn.destroy(made.uuid)
    assert on_ceph.leftovers(made.uuid) == []


def _becomes_an_image_and_a_guest_again(on_ceph, made):
    """Without a byte leaving the cluster."""
    on_ceph.write(made, "remember me")
    image = on_ceph.images.add(b"")
    with on_ceph.driver.snapshots.take(made, SnapshotWish(image_id=image.image_id)) as picture:
        place = picture.location
    assert place == f"rbd://{on_ceph.ceph.fsid()}/images/{image.image_id}/snap"
    assert state(on_ceph, made) is PowerState.RUNNING
    on_ceph.images.change(image.image_id, locations=(place,), size=None)
    twin = describe(on_ceph.images.look(image.image_id))
    on_ceph.driver.spawn.spawn(twin)
    wait_until_up(on_ceph, twin)
    assert on_ceph.read(twin) == "remember me"
    on_ceph.driver.spawn.destroy(twin.uuid)
    with pytest.raises(RuntimeError):  # noqa: SIM117
        with on_ceph.driver.snapshots.take(made, SnapshotWish(image_id=image.image_id)):
            raise RuntimeError("the image service is on fire")
    assert image.image_id not in on_ceph.ceph.rbd("ls", "images").split()


def test_a_cloned_image_that_is_too_big_is_refused_before_anything(on_ceph):
    image = _in_the_cluster(on_ceph, os.urandom(512))
    on_ceph.ceph.rbd("resize", "--no-progress", "--size", "3G", f"images/{image.image_id}")
    on_ceph.ceph.rbd("snap", "create", "--no-progress", f"images/{image.image_id}@big")
    place = f"rbd://{on_ceph.ceph.fsid()}/images/{image.image_id}/big"
    on_ceph.images.change(image.image_id, locations=(place,))
    made = describe(image, root=RootDisk(image, size_gb=1))
    with pytest.raises(ImageTooBig):
        on_ceph.driver.spawn.spawn(made)
    assert on_ceph.leftovers(made.uuid) == []


def test_a_build_that_fails_leaves_nothing_in_the_pool(on_ceph):
    def fail(stage):
        if stage == "run":
            raise RuntimeError("the network is on fire")

    made = describe(on_ceph.tiny)
    with pytest.raises(Exception, match="on fire"):
        on_ceph.driver.spawn.spawn(made, on_progress=fail)
    assert on_ceph.leftovers(made.uuid) == []


def _in_the_cluster(on_ceph, content):
    image = on_ceph.images.add(content)
    file = Path(on_ceph._directory) / "image"
    file.write_bytes(content)
    name = f"images/{image.image_id}"
    on_ceph.ceph.rbd("import", "--no-progress", str(file), name)
    on_ceph.ceph.rbd("snap", "create", "--no-progress", f"{name}@snap")
    on_ceph.ceph.rbd("snap", "protect", f"{name}@snap")
    file.unlink()
    place = f"rbd://{on_ceph.ceph.fsid()}/images/{image.image_id}/snap"
    return on_ceph.images.change(image.image_id, locations=(place,))
