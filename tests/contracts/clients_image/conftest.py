import pytest

from nova.clients.image.glance import connect
from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.login import pooled_transport
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.standalone.web.serving import listen
from tests.contracts.clients_endpoints import Cloud, Observed


class MemoryWorld:
    def __init__(self, clock):
        self.service = ImageMemory(ImageState(clock))
        self.context = RequestContext(user_id="u", project_id="demo", roles=("member",))
        self.admin = RequestContext(user_id="a", project_id="admin", is_admin=True)


class EmbeddedWorld:
    def __init__(self, cloud, clock, transport):
        self.observed = Observed()
        self.service = connect(cloud.conf, clock, observer=self.observed, transport=transport)
        self.context = cloud.context()
        self.admin = cloud.context("admin", "admin")


@pytest.fixture(params=["memory", "rest", "sockets"])
def world(request, tmp_path):
    clock = RealClock()
    if request.param == "memory":
        yield MemoryWorld(clock)
        return
    cloud = Cloud(tmp_path, clock)
    if request.param == "rest":
        yield EmbeddedWorld(cloud, clock, cloud.transport)
        return
    listener = listen("image", cloud.image.app, "127.0.0.1", 0, threads=2)
    url = f"http://127.0.0.1:{listener.port}"
    cloud.conf.set_override("endpoint_override", url, group="glance")
    # Tokens are checked in this process: only users' calls go through the sockets.
    cloud.conf.set_override("send_service_user_token", False, group="service_user")
    yield EmbeddedWorld(cloud, clock, pooled_transport)
    listener.stop()


@pytest.fixture
def images(world):
    return world.service


@pytest.fixture
def context(world):
    return world.context
