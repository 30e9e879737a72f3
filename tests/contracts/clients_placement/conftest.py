import pytest

from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.clients.placement.rest import connect
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud


@pytest.fixture(params=["memory", "rest"])
def placement(request, tmp_path):
    clock = RealClock()
    if request.param == "memory":
        return PlacementMemory(PlacementState(clock.lock))
    cloud = Cloud(tmp_path, clock)
    return connect(cloud.conf, clock, transport=cloud.transport)


@pytest.fixture
def context():
    return RequestContext(user_id="u", project_id="p", is_admin=True)
