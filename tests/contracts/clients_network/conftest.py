import pytest

from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud
from tests.contracts.clients_network.worlds import EmbeddedWorld, MemoryWorld


@pytest.fixture(params=["memory", "rest"])
def world(request, tmp_path):
    clock = RealClock()
    if request.param == "memory":
        return MemoryWorld(clock)
    return EmbeddedWorld(Cloud(tmp_path, clock), clock)


@pytest.fixture
def service(world):
    return world.service


@pytest.fixture
def context(world):
    return world.context


@pytest.fixture
def net(world):
    return world.add_network("private", "10.1.0.0/28")
