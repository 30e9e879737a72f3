import pytest

from nova.clients.image.glance import connect
from nova.clients.image.memory import ImageMemory, ImageState
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud, Observed


class MemoryWorld:
    def __init__(self, clock):
        self.service = ImageMemory(ImageState(clock))
        self.context = RequestContext(user_id="u", project_id="demo", roles=("member",))
        self.admin = RequestContext(user_id="a", project_id="admin", is_admin=True)


class EmbeddedWorld:
    def __init__(self, cloud, clock):
        self.observed = Observed()
        self.service = connect(cloud.conf, clock, observer=self.observed, transport=cloud.transport)
        self.context = cloud.context()
        self.admin = cloud.context("admin", "admin")


@pytest.fixture(params=["memory", "rest"])
def world(request, tmp_path):
    clock = RealClock()
    if request.param == "memory":
        return MemoryWorld(clock)
    return EmbeddedWorld(Cloud(tmp_path, clock), clock)


@pytest.fixture
def images(world):
    return world.service


@pytest.fixture
def context(world):
    return world.context
