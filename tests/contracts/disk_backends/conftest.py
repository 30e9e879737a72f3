from pathlib import Path

import pytest

from tests.contracts.disk_backends.cluster import ceph  # noqa: F401
from tests.contracts.disk_backends.places import FILES, CephPlace, FilePlace, Place, VolumePlace
from tests.contracts.virt.subjects import Images

KINDS = ("overlays", "copies", "volumes", "sparse-volumes", "ceph")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param in FILES:
        return FilePlace(tmp_path, FILES[request.param])
    if request.param == "ceph":
        return request.getfixturevalue("ceph_place")
    return VolumePlace(tmp_path, sparse=request.param == "sparse-volumes")


@pytest.fixture
def ceph_place(request: pytest.FixtureRequest, tmp_path: Path) -> CephPlace:
    return CephPlace(tmp_path, request.getfixturevalue("ceph"), Images())
