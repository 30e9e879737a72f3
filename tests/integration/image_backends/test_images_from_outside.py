"""Images of users, through the API, on a host with the real tools: one that is not what it says
makes no server, and leaves nothing; one that is good is fetched once, and dropped in time."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import PROJECT
from tests.contracts.virt import tiny_guest
from tests.integration.image_backends.bad_images import Bad, all_of
from tests.integration.libvirt_cloud import LibvirtCloud, libvirt_cloud
from tools.daemons.private_libvirt import PrivateLibvirt

pytestmark = pytest.mark.timeout(600)
PATIENCE = 120.0
DAY = 86400


@pytest.fixture(scope="module")
def cloud(daemon: PrivateLibvirt) -> Iterator[LibvirtCloud]:
    with libvirt_cloud(
        daemon, vnc__enabled=False, quota__instances=-1, quota__cores=-1, quota__ram=-1,
        initial_cpu_allocation_ratio=64.0, initial_ram_allocation_ratio=64.0,
        image_cache__manager_interval=-1,
    ) as made:
        yield made


def fault_of(cloud: LibvirtCloud, uuid: str) -> str:
    """As the user is told of it."""
    shown = cloud.request("GET", f"/servers/{uuid}").body["server"]
    message: str = shown["fault"]["message"]
    return message


def story(cloud: LibvirtCloud, uuid: str) -> str:
    """What operators read of the last thing that was asked for."""
    path, admin = f"/servers/{uuid}/os-instance-actions", f"admin:{PROJECT}"
    last = cloud.request("GET", path).body["instanceActions"][0]
    shown = cloud.request("GET", f"{path}/{last['request_id']}", token=admin).body
    return "\n".join(str(event["traceback"]) for event in shown["instanceAction"]["events"])


def test_none_of_them_becomes_a_server(cloud: LibvirtCloud, tmp_path: Path) -> None:
    bad = all_of(tmp_path)
    servers: dict[str, Bad] = {}
    for number, one in enumerate(bad):
        image = cloud.add(number, one.content, one.claim, **one.lies)
        servers[cloud.booted(image, name=f"bad{number}")] = one
    told = {}
    for uuid, one in servers.items():
        cloud.wait(uuid, "ERROR", seconds=PATIENCE)
        text = story(cloud, uuid) if one.another_host else fault_of(cloud, uuid)
        told[one.name] = one.reason in text or text
        assert cloud.littered(uuid) == []
    assert told == dict.fromkeys(told, True)
    assert len(told) == len(bad)
    assert cloud.stored() == set()
    assert cloud.driver.spawn.list_guests() == []


def test_nor_the_new_disk_of_one_or_its_rescue(cloud: LibvirtCloud, tmp_path: Path) -> None:
    (first, *_) = all_of(tmp_path)
    good, bad = cloud.add(101, tiny_guest.disk()), cloud.add(100, first.content, first.claim)
    uuid = cloud.booted(good)
    cloud.wait(uuid, "ACTIVE", seconds=PATIENCE)
    before = cloud.stored()
    cloud.act(uuid, {"rescue": {"rescue_image_ref": bad}})
    cloud.wait(uuid, "ACTIVE", "ERROR", seconds=PATIENCE)
    assert not list(cloud.directory.glob(f"{uuid}/*.rescue"))
    cloud.act(uuid, {"os-resetState": {"state": "active"}}, token=f"admin:{PROJECT}")
    reply = cloud.act(uuid, {"rebuild": {"imageRef": bad}})
    assert reply.status == 202
    cloud.wait(uuid, "ERROR", seconds=PATIENCE)
    assert first.reason in fault_of(cloud, uuid)
    assert cloud.stored() == before
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE", seconds=PATIENCE)
    assert cloud.littered(uuid) == []


def test_one_download_for_many_boots(cloud: LibvirtCloud) -> None:
    content = tiny_guest.disk()[:-8] + os.urandom(8)
    image = cloud.add(200, content)
    fetched = counted(cloud)
    together, replies = threading.Barrier(4), []

    def boot(number: int) -> None:
        together.wait()
        replies.append(cloud.booted(image, name=f"many{number}"))

    threads = [threading.Thread(target=boot, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for uuid in replies:
        cloud.wait(uuid, "ACTIVE", seconds=PATIENCE)
    assert fetched == [image]
    path = cloud.directory / "_base" / hashlib.sha1(image.encode()).hexdigest()
    assert path.read_bytes() == content
    for uuid in replies:
        cloud.request("DELETE", f"/servers/{uuid}")
        cloud.wait(uuid, "GONE", seconds=PATIENCE)


def counted(cloud: LibvirtCloud) -> list[str]:
    """Notes each download from now on."""
    fetched: list[str] = []
    download = cloud.image.download

    def noted(context: Any, image_id: str, **more: Any) -> Any:
        fetched.append(image_id)
        return download(context, image_id, **more)

    cloud.image.download = noted  # type: ignore[method-assign]
    return fetched


def test_what_is_not_needed_goes_also_after_a_restart(cloud: LibvirtCloud) -> None:
    """What lies there is found out from the files, by a process that knows nothing of them."""
    used, stored = cloud.add(300, tiny_guest.disk()), cloud.directory / "_base"
    uuid = cloud.booted(used)
    cloud.wait(uuid, "ACTIVE", seconds=PATIENCE)
    unused = cloud.add(301, b"unused" * 600)
    ask = {"cache": [{"id": unused}]}
    number = cloud.request("POST", "/os-aggregates", {"aggregate": {"name": "a"}},
                           token=f"admin:{PROJECT}").body["aggregate"]["id"]
    for path, body in ((f"/os-aggregates/{number}/action", {"add_host": {"host": "host1"}}),
                       (f"/os-aggregates/{number}/images", ask)):
        assert cloud.request("POST", path, body, token=f"admin:{PROJECT}").status in (200, 202)
    names = {image: hashlib.sha1(image.encode()).hexdigest() for image in (used, unused)}
    end = cloud.clock.monotonic() + PATIENCE
    while names[unused] not in cloud.stored():
        assert cloud.clock.monotonic() < end
        cloud.clock.sleep(0.05)
    (stored / ("f" * 40 + ".part")).write_bytes(b"half of an image")
    cloud.computes["host1"].stop()
    cloud.driver.close()
    cloud.start_compute("host1")
    assert cloud.upkeep() == []
    for path in stored.iterdir():
        os.utime(path, (path.stat().st_mtime - DAY - 1,) * 2)
    assert unused in cloud.upkeep()
    assert names[used] in cloud.stored()
    assert names[unused] not in cloud.stored()
    assert not list(stored.glob("*.part"))
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE", seconds=PATIENCE)
    assert cloud.upkeep() == []
    os.utime(stored / names[used], (1, 1))
    assert used in cloud.upkeep()
