"""Real guests whose disks their host keeps encrypted, as overlays and as whole files."""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libvirt
import pytest

from nova.objects.flavor import Flavor
from nova.servers.steps.boot_image import SECRET
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


@pytest.fixture(scope="module", params=["qcow2", "raw"])
def cloud(daemon: PrivateLibvirt, request: pytest.FixtureRequest) -> Iterator[LibvirtCloud]:
    with libvirt_cloud(daemon, libvirt__images_type=request.param) as made:
        # What is whole takes as long as its bytes do.
        large = 1 if request.param == "qcow2" else 0
        made.stores.api.flavors.create(Flavor(
            flavorid="secret", name="secret", memory_mb=64, vcpus=1, root_gb=1,
            ephemeral_gb=large, swap=8, rxtx_factor=1.0, vcpu_weight=0, disabled=False,
            is_public=True, description=None, extra_specs=WISH))  # fmt: skip
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


def made(cloud: LibvirtCloud, image_id: str) -> str:
    uuid = cloud.booted(image_id, flavorRef="secret")
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
    return cloud.keys.passphrases[root.encryption_secret_uuid][1]


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


def test_from_the_first_start_to_the_end(
    cloud: LibvirtCloud, daemon: PrivateLibvirt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    uuid = made(cloud, image(1))
    says(cloud, uuid, WROTE)
    disk, kind = cloud.directory / uuid / "disk", cloud.options["libvirt__images_type"]
    kind = "luks" if kind == "raw" else kind
    for path in disk.parent.glob("disk*"):
        if path.name not in ("disk.info", "disk.config"):
            assert (told(path)["encrypted"], told(path)["format"]) == (True, kind), path
    assert told(disk)["virtual-size"] == 1 << 30
    assert secrets_of_hypervisor(daemon) == []

    did(cloud, uuid, "os-stop", None, "SHUTOFF")
    assert MARK not in disk.read_bytes()
    assert MARK in unlocked(disk, secret_of(cloud, uuid), kind)
    did(cloud, uuid, "os-start", None, "ACTIVE")
    says(cloud, uuid, REMEMBERS)
    did(cloud, uuid, "reboot", {"type": "HARD"}, "ACTIVE")
    says(cloud, uuid, REMEMBERS, 2)

    live = did(cloud, uuid, "createImage", {"name": "live"}, "ACTIVE")["image_id"]
    did(cloud, uuid, "rescue", {"rescue_image_ref": image(2)}, "RESCUE")
    says(cloud, uuid, tiny_guest.OTHER_BANNER)
    assert told(disk.with_name("disk.rescue"))["encrypted"]
    did(cloud, uuid, "unrescue", None, "ACTIVE")
    says(cloud, uuid, REMEMBERS, 3)
    did(cloud, uuid, "os-stop", None, "SHUTOFF")
    cold = did(cloud, uuid, "createImage", {"name": "cold"}, "SHUTOFF")["image_id"]
    did(cloud, uuid, "rebuild", {"imageRef": image(2)}, "SHUTOFF")
    assert told(disk)["encrypted"]

    pictures = [cloud.image_state.images[one] for one in (live, cold)]
    keys = cloud.keys.passphrases
    for picture in pictures:
        content = cloud.image_state.files[picture.id]
        assert (picture.disk_format, content[32:36]) == ("qcow2", b"\0\0\0\2")
        assert MARK not in content
        file = disk.with_name("picture")
        file.write_bytes(content)
        assert MARK in unlocked(file, keys[picture.properties[SECRET]][1], "qcow2")
        file.unlink()
        copy = made(cloud, picture.id)
        says(cloud, copy, REMEMBERS)
        assert "backing-filename" not in told(cloud.directory / copy / "disk")
        cloud.end([copy])

    assert not any(word in caplog.text for _owner, word in keys.values())
    cloud.end([uuid])
    assert set(keys) == {picture.properties[SECRET] for picture in pictures}
    assert secrets_of_hypervisor(daemon) == []


def test_guests_of_a_host_that_fell(cloud: LibvirtCloud, daemon: PrivateLibvirt) -> None:
    """Whoever asked for the server is not there when the power comes back."""
    uuid = made(cloud, image(1))
    says(cloud, uuid, WROTE)
    cloud.computes["host1"].stop()
    connection = libvirt.open(daemon.uri)
    connection.lookupByUUIDString(uuid).destroy()
    connection.close()
    cloud.options["resume_guests_state_on_host_boot"] = True
    cloud.start_compute("host1")
    says(cloud, uuid, REMEMBERS)
    cloud.end([uuid])
    assert secrets_of_hypervisor(daemon) == []
