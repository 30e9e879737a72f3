"""Projects, and the token of this service."""

import pytest
from keystoneauth1 import loading
from oslo_limit import opts

from nova.clients.identity.contract import Verdict
from nova.clients.identity.keystone import connect
from nova.clients.identity.memory import IdentityMemory, IdentityState
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import PASSWORD, URLS, Cloud


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


@pytest.fixture(params=["memory", "rest", "rest by endpoint"])
def limited(request, tmp_path):
    """(service, a project with a limit of its own, one without)"""
    if request.param == "memory":
        state = IdentityState(
            registered_limits={"servers": 3, "class:VCPU": 10},
            project_limits={"own": {"servers": 7}},
        )
        return IdentityMemory(state), "own", "none"
    clock = RealClock()
    cloud = Cloud(tmp_path, clock)
    admin, demo = cloud.context("admin", "admin"), cloud.context()
    endpoint = _register(cloud, admin, demo.project_id)
    options = {"auth_type": "v3password", "auth_url": URLS["identity"], "username": "nova",
               "password": PASSWORD, "user_domain_id": "default", "project_name": "service",
               "project_domain_id": "default", "region_name": "RegionOne",
               "service_type": "identity", "valid_interfaces": ["public"]}
    if request.param == "rest":
        options |= {"endpoint_service_type": "network", "endpoint_interface": "public"}
    else:
        options |= {"endpoint_id": endpoint["id"]}
    cloud.conf.set_override("driver", "nova.quota.UnifiedLimitsDriver", group="quota")
    opts.register_opts(cloud.conf)
    loading.register_auth_conf_options(cloud.conf, "oslo_limit")
    loading.register_adapter_conf_options(cloud.conf, "oslo_limit")
    cloud.conf.register_opts(loading.get_auth_plugin_conf_options("v3password"), "oslo_limit")
    for name, value in options.items():
        cloud.conf.set_override(name, value, group="oslo_limit")
    service = connect(cloud.conf, clock, transport=cloud.transport)
    return service, demo.project_id, admin.project_id


def _register(cloud, admin, project):
    """Limits of the network service, as an operator registers them; its public endpoint."""
    session, headers = cloud.transport(), {"X-Auth-Token": admin.auth_token}

    def ask(method, path, **more):
        answer = session.request(method, URLS["identity"] + path, headers=headers, **more)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else {}

    (service,) = ask("GET", "/services?type=network")["services"]
    (endpoint,) = ask(
        "GET", f"/endpoints?service_id={service['id']}&interface=public"
    )["endpoints"]
    where = {"service_id": service["id"], "region_id": "RegionOne"}
    there = ask("GET", f"/limits?service_id={service['id']}")["limits"]
    for limit in there:
        ask("DELETE", f"/limits/{limit['id']}")
    for limit in ask("GET", f"/registered_limits?service_id={service['id']}")["registered_limits"]:
        ask("DELETE", f"/registered_limits/{limit['id']}")
    ask("POST", "/registered_limits", json={"registered_limits": [
        {**where, "resource_name": "servers", "default_limit": 3},
        {**where, "resource_name": "class:VCPU", "default_limit": 10},
    ]})
    ask("POST", "/limits", json={"limits": [
        {**where, "project_id": project, "resource_name": "servers", "resource_limit": 7},
    ]})
    return endpoint


def test_unified_limits(limited):
    service, own, none = limited
    context = RequestContext()
    assert service.registered_limits(context) == {"servers": 3, "class:VCPU": 10}
    assert service.project_limits(context, own) == {"servers": 7}
    assert service.project_limits(context, none) == {}


def test_limits_are_kept_in_order(tmp_path):
    """Of what is not limited no project has a limit, and what a project has one of stays."""
    cloud = Cloud(tmp_path, RealClock())
    admin = cloud.context("admin", "admin")
    endpoint = _register(cloud, admin, admin.project_id)
    session, headers = cloud.transport(), {"X-Auth-Token": admin.auth_token}
    url = URLS["identity"]
    wrong = {"service_id": endpoint["service_id"], "region_id": "RegionOne",
             "project_id": admin.project_id, "resource_name": "x", "resource_limit": 1}
    for body, status in (({"limits": [wrong]}, 403), ({"limit": wrong}, 400)):
        assert session.post(f"{url}/limits", json=body, headers=headers).status_code == status
    (one,) = [each for each in session.get(f"{url}/registered_limits", headers=headers).json()[
        "registered_limits"] if each["resource_name"] == "servers"]
    path = f"{url}/registered_limits/{one['id']}"
    assert session.delete(path, headers=headers).status_code == 403
    changed = session.patch(path, json={"registered_limit": {"default_limit": 5}}, headers=headers)
    assert changed.json()["registered_limit"]["default_limit"] == 5
    assert session.get(f"{url}/limits/model", headers=headers).json()["model"]["name"] == "flat"
    user = {"X-Auth-Token": cloud.context().auth_token}
    assert session.get(f"{url}/limits", headers=user).json()["limits"] == []
