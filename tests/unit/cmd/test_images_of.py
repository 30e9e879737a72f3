"""The image service as a driver sees it."""

from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta, ImageNotFound, ImageRefused
from nova.clients.image.memory import ImageMemory, ImageState
from nova.cmd.adapters import ImagesOf
from nova.core.clock import RealClock

OWN = "10000000-0000-4000-8000-000000000001"


def service(**facts: Any) -> tuple[ImageState, ImagesOf]:
    state = ImageState(RealClock())
    state.add(ImageMeta(id=OWN, owner="somebody", **facts), b"content")
    return state, ImagesOf(ImageMemory(state))


def test_facts_come_along_with_the_bytes() -> None:
    _state, images = service(disk_format="raw", container_format="bare", min_disk=3)
    stream = images.fetch(OWN)
    assert b"".join(stream.chunks) == b"content"
    assert stream.ref == images.look(OWN)
    assert (stream.ref.size, stream.ref.min_disk_gb) == (7, 3)
    assert stream.ref.hash_algorithm == "sha512"


def test_places_are_told_once_each_the_direct_one_first() -> None:
    _state, images = service(
        disk_format="raw", direct_url="rbd://b", locations=("rbd://a", "rbd://b")
    )
    assert images.look(OWN).locations == ("rbd://b", "rbd://a")


def test_a_copy_shows_when_it_is_there() -> None:
    state, images = service(disk_format="raw", stores=("far",))
    with pytest.raises(ImageRefused):
        images.copy(OWN, "near")
    state.stores.add("near")
    images.copy(OWN, "near")
    assert images.look(OWN).stores == ("far", "near")


def test_what_is_not_there() -> None:
    _state, images = service()
    for ask in (images.look, images.fetch):
        with pytest.raises(ImageNotFound):
            ask("nobody")
