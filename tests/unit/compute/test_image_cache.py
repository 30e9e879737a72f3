"""A host keeps the images it needs, and no others for long."""

import dataclasses
import uuid

from nova.clients.image.contract import ImageMeta
from nova.compute.host import ComputeHost
from nova.compute.inventory.provider import inventories_of
from nova.compute.upkeep import image_cache
from nova.context import admin_context
from nova.virt.contract import GuestSpec, ImageRef, RootDisk
from tests import records
from tests.unit.compute.making import House

HOUR = 3600


class NoBus:
    pass


def image(house: House, content: bytes = b"x" * 600, **facts: str) -> str:
    own = str(uuid.uuid4())
    formats = {"disk_format": "raw", "container_format": "bare", **facts}
    house.image._state.add(ImageMeta(id=own, visibility="public", **formats), content)
    return own


def kept(house: House) -> set[str]:
    return {one.image_id for one in house.seams.driver.images.cached()}


def test_what_is_unused_for_a_day_is_dropped() -> None:
    house = House()
    used, recorded, unused = (image(house) for _number in range(3))
    assert image_cache.precache(house.seams, [used, recorded, unused]) == dict.fromkeys(
        (used, recorded, unused), "cached"
    )
    root = RootDisk(ImageRef(used, "raw"), 1)
    house.seams.driver.spawn.spawn(GuestSpec("g", "g", vcpus=1, memory_mb=512, root=root))
    house.register()
    house.server(guest=None, image_ref=recorded)
    house.clock.run(23 * HOUR)
    assert image_cache.tend(house.seams) == []
    house.clock.run(2 * HOUR)
    assert image_cache.tend(house.seams) == [unused]
    assert kept(house) == {used, recorded}


def test_being_asked_for_again_keeps_it() -> None:
    house = House()
    house.register()
    own = image(house)
    for _time in range(3):
        image_cache.precache(house.seams, [own])
        house.clock.run(20 * HOUR)
        assert image_cache.tend(house.seams) == []


def test_operators_may_keep_everything_or_less_long() -> None:
    house = House(image_cache__remove_unused_base_images=False)
    house.register()
    own = image(house)
    image_cache.precache(house.seams, [own])
    house.clock.run(100 * HOUR)
    assert image_cache.tend(house.seams) == []
    house.conf.set_override("remove_unused_base_images", True, group="image_cache")
    house.conf.set_override(
        "remove_unused_original_minimum_age_seconds", 60, group="image_cache"
    )
    image_cache.precache(house.seams, [own])
    house.clock.run(61)
    assert image_cache.tend(house.seams) == [own]


def test_each_image_has_an_answer_of_its_own() -> None:
    house = House()
    good, lying = image(house), image(house, b"QFI\xfb" + bytes(600))
    nobody = str(uuid.uuid4())
    answers = image_cache.precache(house.seams, [nobody, lying, good, good])
    assert answers == {nobody: "error", lying: "error", good: "existing"}
    assert kept(house) == {good}


def test_a_driver_without_a_store_says_so() -> None:
    house = House()
    driver = dataclasses.replace(house.seams.driver, images=None)
    seams = dataclasses.replace(house.seams, driver=driver)
    assert image_cache.precache(seams, ["a"]) == {"a": "unsupported"}
    assert image_cache.tend(seams) == []


def test_a_host_is_asked_over_the_bus() -> None:
    house = House()
    own = image(house)
    endpoint = ComputeHost(house.seams, NoBus(), house.plugs, {})._endpoint
    context = admin_context()
    for answer in ("cached", "existing"):
        told = endpoint.ask(context, "cache_images", arguments={"image_ids": [own]})
        assert told == {own: answer}


def test_the_store_may_be_reserved_for() -> None:
    house = House(workarounds__reserve_disk_resource_for_image_cache=True)
    assert image_cache.reserved_gb(house.seams) == 0
    image_cache.precache(house.seams, [image(house)])
    assert image_cache.reserved_gb(house.seams) == 1
    node = records.compute_node("host1", local_gb=100, numa_topology=None)
    house.conf.set_override("reserved_host_disk_mb", 2048)
    for kept, reserved in ((0, 2), (1, 3), (200, 100)):
        assert inventories_of(house.conf, node, kept)["DISK_GB"].reserved == reserved
    house.conf.set_override("reserve_disk_resource_for_image_cache", False, group="workarounds")
    assert image_cache.reserved_gb(house.seams) == 0
