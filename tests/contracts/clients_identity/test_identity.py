"""Projects, and the token of this service."""

import pytest

from nova.clients.identity.contract import Verdict
from nova.clients.identity.keystone import connect
from nova.clients.identity.memory import IdentityMemory, IdentityState
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud


@pytest.fixture(params=["memory", "rest"])
def world(request, tmp_path):
    """(service, a user's context)"""
    if request.param == "memory":
        state = IdentityState(projects={"demo"}, token="service-token")
        return IdentityMemory(state), RequestContext(project_id="demo")
    clock = RealClock()
    cloud = Cloud(tmp_path, clock)
    return connect(cloud.conf, clock, transport=cloud.transport), cloud.context()


def test_projects(world):
    service, context = world
    assert service.project(context, context.project_id) is Verdict.EXISTS
    assert service.project(context, "f" * 32) is Verdict.MISSING


def test_a_service_token_is_kept(world):
    service, _ = world
    token = service.service_token()
    assert token
    assert service.service_token() == token


def test_without_credentials_little_is_known(tmp_path):
    clock = RealClock()
    cloud = Cloud(tmp_path, clock)
    cloud.conf.set_override("auth_type", None, group="keystone")
    cloud.conf.set_override("send_service_user_token", False, group="service_user")
    service = connect(cloud.conf, clock, transport=cloud.transport)
    user = cloud.context()
    assert service.project(user, user.project_id) in (Verdict.EXISTS, Verdict.UNKNOWN)
    assert service.project(RequestContext(), user.project_id) is Verdict.UNKNOWN
    assert service.service_token() is None
