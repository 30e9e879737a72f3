"""Real guests whose disks their host keeps encrypted, as overlays and as whole files."""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import libvirt
import pytest

from nova.objects.flavor import Flavor
from nova.servers.steps.boot_image import SECRET
from tests.cloud import PROJECT
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.private_daemon import private_libvirt
from tests.integration.encrypted_disks import writing_guest
from tests.integration.encrypted_disks.writing_guest import MARK, REMEMBERS, WROTE
from tests.integration.libvirt_cloud import LibvirtCloud, libvirt_cloud
from tests.stores import CELL1_UUID
from tools.daemons.private_libvirt import PrivateLibvirt

pytestmark = pytest.mark.timeout(300)
PATIENCE = 60.0
WISH = {"hw:ephemeral_encryption": "true", "hw:ephemeral_encryption_format": "luks"}


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@contextmanager
def cloud_of(daemon: PrivateLibvirt, kind: str) -> Iterator[LibvirtCloud]:
    """A picture of what is whole is as large as its disk, so that is small there."""
    with libvirt_cloud(daemon, libvirt__images_type=kind) as made:
        for name, swap in (("secret", 0), ("more", 8)):
            made.stores.api.flavors.create(Flavor(
                flavorid=name, name=name, memory_mb=64, vcpus=1,
                root_gb=1 if kind == "qcow2" else 0, ephemeral_gb=0, swap=swap,
                rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
                description=None, extra_specs=WISH))  # fmt: skip
        made.add(1, writing_guest.disk())
        made.add(2, tiny_guest.disk(banner=tiny_guest.OTHER_BANNER))
        yield made


def image(number: int) -> str:
    return f"40000000-0000-4000-8000-{number:012d}"


def says(cloud: LibvirtCloud, uuid: str, words: bytes, times: int = 1) -> None:
    log = cloud.directory / uuid / "console.log"
    end = cloud.clock.monotonic() + PATIENCE
    while log.read_bytes().count(words) < times:
        assert cloud.clock.monotonic() < end, log.read_bytes()
        cloud.clock.sleep(0.1)


def made(cloud: LibvirtCloud, image_id: str, flavor: str = "secret") -> str:
    wish = {"name": "server", "flavorRef": flavor, "imageRef": image_id, "networks": "none"}
    reply = cloud.request("POST", "/servers", {"server": wish}, token=f"admin:{PROJECT}")
    assert reply.status == 202, reply.body
    uuid: str = reply.body["server"]["id"]
    shown = cloud.wait(uuid, "ACTIVE", "ERROR", seconds=PATIENCE)
    assert shown["status"] == "ACTIVE", shown
    return uuid


def did(cloud: LibvirtCloud, uuid: str, action: str, wish: Any, status: str) -> Any:
    reply = cloud.act(uuid, {action: wish})
    assert reply.status in (200, 202), reply.body
    shown = cloud.wait(uuid, "ACTIVE", "SHUTOFF", "RESCUE", "ERROR", seconds=PATIENCE)
    assert shown["status"] == status, shown
    return reply.body


def told(path: Path) -> dict[str, Any]:
    done = subprocess.run(["qemu-img", "info", "-U", "--output=json", path],
                          capture_output=True, check=True)  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def secret_of(cloud: LibvirtCloud, uuid: str) -> str:
    record = cloud.stores.cell(CELL1_UUID).instances.get(uuid)
    (root,) = [one for one in record.block_devices if one.boot_index == 0]
    assert (root.encrypted, root.encryption_format) == (True, "luks")
    return cloud.keys.passphrases[root.encryption_secret_uuid or ""][1]


def unlocked(path: Path, passphrase: str, kind: str) -> bytes:
    """The first MiB of what is in it, read by others than its host."""
    key = "key-secret" if kind == "luks" else "encrypt.key-secret"
    reading, writing = os.pipe()
    os.write(writing, passphrase.encode())
    os.close(writing)
    target = path.with_suffix(".unlocked")
    try:
        subprocess.run(
            ["qemu-img", "dd", "-U", "--object", f"secret,id=s,file=/dev/fd/{reading}",
             "--image-opts", "bs=64k", "count=16",
             f"if=driver={kind},{key}=s,file.filename={path}", f"of={target}"],
            check=True, pass_fds=[reading])  # fmt: skip
        return target.read_bytes()
    finally:
        os.close(reading)
        target.unlink(missing_ok=True)


def secrets_of_hypervisor(daemon: PrivateLibvirt) -> list[str]:
    connection = libvirt.open(daemon.uri)
    try:
        return [one.usageID() for one in connection.listAllSecrets()]
    finally:
        connection.close()


def copied(cloud: LibvirtCloud, image_id: str) -> None:
    """A picture is encrypted, with a secret of its own, and servers are made of it."""
    picture, content = cloud.image_state.images[image_id], cloud.image_state.files[image_id]
    assert (picture.disk_format, content[32:36]) == ("qcow2", b"\0\0\0\2")
    assert MARK not in content
    file = cloud.directory / "picture"
    file.write_bytes(content)
    assert MARK in unlocked(file, cloud.keys.passphrases[picture.properties[SECRET]][1], "qcow2")
    file.unlink()
    copy = made(cloud, picture.id)
    says(cloud, copy, REMEMBERS)
    assert "backing-filename" not in told(cloud.directory / copy / "disk")
    cloud.end([copy])


def test_overlays_from_the_first_start_to_the_end(
    daemon: PrivateLibvirt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with cloud_of(daemon, "qcow2") as cloud:
        uuid = made(cloud, image(1), "more")
        says(cloud, uuid, WROTE)
        disk = cloud.directory / uuid / "disk"
        for path in (disk, disk.with_name("disk.swap")):
            assert (told(path)["encrypted"], told(path)["format"]) == (True, "qcow2"), path
        assert (told(disk)["virtual-size"], secrets_of_hypervisor(daemon)) == (1 << 30, [])
        did(cloud, uuid, "os-stop", None, "SHUTOFF")
        assert MARK not in disk.read_bytes()
        assert MARK in unlocked(disk, secret_of(cloud, uuid), "qcow2")
        did(cloud, uuid, "os-start", None, "ACTIVE")
        says(cloud, uuid, REMEMBERS)

        live = did(cloud, uuid, "createImage", {"name": "live"}, "ACTIVE")["image_id"]
        did(cloud, uuid, "rescue", {"rescue_image_ref": image(2)}, "RESCUE")
        says(cloud, uuid, tiny_guest.OTHER_BANNER)
        assert told(disk.with_name("disk.rescue"))["encrypted"]
        did(cloud, uuid, "unrescue", None, "ACTIVE")
        says(cloud, uuid, REMEMBERS, 2)
        copied(cloud, live)

        assert not any(word in caplog.text for _owner, word in cloud.keys.passphrases.values())
        cloud.end([uuid])
        assert set(cloud.keys.passphrases) == {cloud.image_state.images[live].properties[SECRET]}
        assert secrets_of_hypervisor(daemon) == []


def test_whole_files_on_a_host_that_falls(daemon: PrivateLibvirt) -> None:
    """Whoever asked for the server is not there when the power comes back."""
    with cloud_of(daemon, "raw") as cloud:
        uuid = made(cloud, image(1))
        says(cloud, uuid, WROTE)
        disk = cloud.directory / uuid / "disk"
        assert (told(disk)["format"], told(disk)["virtual-size"]) == ("luks", 1 << 20)
        cloud.computes["host1"].stop()
        connection = libvirt.open(daemon.uri)
        connection.lookupByUUIDString(uuid).destroy()
        connection.close()
        assert MARK not in disk.read_bytes()
        assert MARK in unlocked(disk, secret_of(cloud, uuid), "luks")
        cloud.options["resume_guests_state_on_host_boot"] = True
        cloud.start_compute("host1")
        says(cloud, uuid, REMEMBERS)

        did(cloud, uuid, "os-stop", None, "SHUTOFF")
        cold = did(cloud, uuid, "createImage", {"name": "cold"}, "SHUTOFF")["image_id"]
        copied(cloud, cold)
        cloud.end([uuid])
        assert set(cloud.keys.passphrases) == {cloud.image_state.images[cold].properties[SECRET]}
        assert secrets_of_hypervisor(daemon) == []
