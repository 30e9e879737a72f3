"""Volumes and snapshots: the same on the service in memory and over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.errors import TokenRejected
from nova.clients.volume import cinder
from nova.clients.volume.contract import (
    NoVolumes,
    SnapshotNotFound,
    Volume,
    VolumeAttachment,
    VolumeDraft,
    VolumeLimitExceeded,
    VolumeNotFound,
    VolumeRefused,
    VolumeService,
    VolumeUnavailable,
)
from nova.clients.volume.memory import VolumeMemory, VolumeState
from nova.conf import new_config
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.standalone.web.in_process import session_for
from tests.contracts.clients_volume.cinder_app import CinderApp

URL = "http://volume.test/v3/{project}"


def context(project: str = "demo", url: str = URL) -> RequestContext:
    endpoint = {"interface": "public", "region_id": "one", "url": url.format(project=project)}
    catalog = {"type": "volumev3", "name": "cinder", "endpoints": [endpoint]}
    return RequestContext(
        project_id=project, auth_token=f"of {project}", service_catalog=(catalog,)
    )


class World:
    def __init__(self, kind: str) -> None:
        self.memory = VolumeMemory(VolumeState(RealClock()))
        self.app = CinderApp(self.memory)
        self.service: VolumeService = self.memory
        if kind == "rest":
            self.service = connected(self.app)


def connected(app: Any, **options: Any) -> VolumeService:
    conf = new_config()
    conf([], default_config_files=[])
    for name, value in options.items():
        conf.set_override(name, value, group="cinder")
    return cinder.connect(
        conf, RealClock(), transport=lambda: session_for({"http://volume.test": app})
    )


@pytest.fixture(params=["memory", "rest"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield World(request.param)


def test_made_shown_listed_and_deleted(world: World) -> None:
    volumes = world.service.volumes
    made = volumes.create(context(), VolumeDraft(2, "data", "of mine", "z", "fast",
                                                 metadata={"a": "b"}))
    assert (made.size, made.name, made.description) == (2, "data", "of mine")
    assert (made.zone, made.type, made.metadata) == ("z", "fast", {"a": "b"})
    assert volumes.show(context(), made.id) == made
    assert volumes.list(context()) == (made,)
    assert volumes.list(context("other")) == ()
    volumes.delete(context(), made.id)
    for ask in (volumes.show, volumes.delete):
        with pytest.raises(VolumeNotFound, match=f"Volume {made.id} could not be found."):
            ask(context(), made.id)


def test_what_is_in_use(world: World) -> None:
    used = world.memory.put(Volume(
        "v", 1, "in-use", project_id="demo", bootable=True, multiattach=True,
        attachments=(VolumeAttachment("s", "a", "/dev/vdb"),),
    ))
    assert world.service.volumes.show(context(), "v") == used
    with pytest.raises(VolumeRefused, match=r"Invalid input received: .*available or error"):
        world.service.volumes.delete(context(), "v")


def test_snapshots(world: World) -> None:
    volumes, snapshots = world.service.volumes, world.service.snapshots
    volume = volumes.create(context(), VolumeDraft(3))
    made = snapshots.create(context(), volume.id, "then", "before")
    assert (made.volume_id, made.size, made.name) == (volume.id, 3, "then")
    assert snapshots.show(context(), made.id) == made
    assert snapshots.list(context()) == (made,)
    assert volumes.create(context(), VolumeDraft(3, snapshot_id=made.id)).snapshot_id == made.id
    snapshots.delete(context(), made.id)
    with pytest.raises(SnapshotNotFound):
        snapshots.show(context(), made.id)
    with pytest.raises(SnapshotNotFound):
        volumes.create(context(), VolumeDraft(3, snapshot_id=made.id))
    with pytest.raises(VolumeNotFound):
        snapshots.create(context(), "none")


def test_a_snapshot_of_what_is_in_use_is_forced(world: World) -> None:
    world.memory.put(Volume("v", 1, "in-use", project_id="demo"))
    with pytest.raises(VolumeRefused):
        world.service.snapshots.create(context(), "v")
    assert world.service.snapshots.create(context(), "v", force=True).volume_id == "v"


def test_limits(world: World) -> None:
    world.memory.state.limit = 0
    with pytest.raises(VolumeLimitExceeded):
        world.service.volumes.create(context(), VolumeDraft(1))


def test_long_lists_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cinder, "PAGE", 2)
    world = World("rest")
    for number in range(5):
        world.memory.put(Volume(f"v{number}", 1, project_id="demo"))
    found = world.service.volumes.list(context())
    assert [each.id for each in found] == [f"v{number}" for number in range(5)]
    assert len(world.app.calls) == 3


def test_each_project_is_asked_for_by_its_own_path() -> None:
    """Though the endpoint was found in one user's catalogue."""
    world = World("rest")
    for project in ("demo", "other"):
        world.service.volumes.list(context(project))
    assert [call[2] for call in world.app.calls] == ["demo", "other"]


@pytest.mark.parametrize("url", ["http://volume.test", "http://volume.test/v3/"])
def test_catalogues_without_projects(url: str) -> None:
    assert World("rest").service.volumes.list(context(url=url)) == ()


def test_where_the_operator_says() -> None:
    app = CinderApp(VolumeMemory(VolumeState(RealClock())))
    service = connected(app, endpoint_template="http://volume.test/v3/%(project_id)s")
    asked = RequestContext(project_id="demo", auth_token="of demo")
    assert service.volumes.list(asked) == ()
    named = connected(app, catalog_info="volumev3:other:publicURL")
    with pytest.raises(VolumeUnavailable):
        named.volumes.list(context())


def test_who_is_not_known() -> None:
    with pytest.raises(TokenRejected):
        World("rest").service.volumes.list(
            RequestContext(project_id="demo", auth_token="stolen",
                           service_catalog=context().service_catalog)
        )


@pytest.mark.parametrize("service", [NoVolumes(), World("rest").service], ids=["none", "unnamed"])
def test_without_block_storage(service: VolumeService) -> None:
    with pytest.raises(VolumeUnavailable, match="is not available"):
        service.volumes.list(RequestContext(project_id="demo", auth_token="of demo"))
