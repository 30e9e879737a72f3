"""The embedded Keystone as the stock SDK sees it."""

import pytest
from keystoneauth1 import exceptions as ksa
from openstack import exceptions

from nova.core.clock import RealClock
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, SeedService, default_users
from nova.standalone.web.in_process import session_for
from tests.unit.standalone import sdk

REFUSED = (ksa.Unauthorized, exceptions.SDKException)
URL = "http://identity.test"
SEED = Seed(
    users=default_users("secret"),
    services=(
        SeedService("identity", "keystone", f"{URL}/v3"),
        SeedService("compute", "nova", "http://compute.test/v2.1"),
    ),
)


@pytest.fixture(scope="module")
def identity():
    return build_identity(SEED, RealClock())


def connect(identity, user="admin", project="admin", password="secret"):
    return sdk.connect({"identity": identity.app}, user, project, password)


@pytest.fixture
def admin(identity):
    return connect(identity)


@pytest.fixture
def demo(identity):
    return connect(identity, "demo", "demo")


def test_a_token_says_who_and_what(admin):
    access = admin.session.auth.get_access(admin.session)
    assert access.username == "admin"
    assert set(access.role_names) == {"admin", "manager", "member", "reader"}
    catalog = access.service_catalog
    assert catalog.url_for(service_type="compute", interface="internal") == (
        "http://compute.test/v2.1"
    )


def test_a_wrong_password_is_refused(identity):
    with pytest.raises(REFUSED) as caught:
        connect(identity, password="wrong").authorize()
    assert "The request you have made requires authentication." in str(caught.value)


def test_no_role_in_the_project_is_refused(identity):
    with pytest.raises(REFUSED):
        connect(identity, "demo", "admin").authorize()


def test_projects_come_and_go(admin):
    made = admin.identity.create_project(name="lab", description="a lab")
    assert made.domain_id == "default"
    assert admin.identity.find_project("lab").id == made.id
    changed = admin.identity.update_project(made, description="a bigger lab", is_enabled=False)
    assert (changed.description, changed.is_enabled) == ("a bigger lab", False)
    with pytest.raises(exceptions.ConflictException):
        admin.identity.create_project(name="lab")
    admin.identity.delete_project(made)
    assert admin.identity.find_project("lab") is None


def test_a_new_user_can_do_what_the_role_allows(identity, admin):
    user = admin.identity.create_user(name="eve", password="pw", email="eve@example.org")
    project = admin.identity.find_project("demo")
    role = admin.identity.find_role("reader")
    with pytest.raises(REFUSED):
        connect(identity, "eve", "demo", "pw").authorize()
    admin.identity.assign_project_role_to_user(project, user, role)
    assert admin.identity.validate_user_has_project_role(project, user, role)
    eve = connect(identity, "eve", "demo", "pw")
    assert eve.session.auth.get_access(eve.session).role_names == ["reader"]
    admin.identity.unassign_project_role_from_user(project, user, role)
    with pytest.raises(REFUSED):  # the token is worth nothing now, nor is there a new one
        eve.session.get(f"{URL}/v3/auth/projects")
    admin.identity.delete_user(user)


def test_role_assignments_by_name(admin):
    found = list(admin.identity.role_assignments(include_names=True))
    shown = {
        (one.user["name"], one.role["name"], one.scope["project"]["name"])
        for one in found
        if "project" in one.scope
    }
    assert ("demo", "member", "demo") in shown
    assert ("nova", "service", "service") in shown


def test_services_and_endpoints(admin):
    service = admin.identity.create_service(name="cinder", type="volumev3")
    endpoint = admin.identity.create_endpoint(
        service_id=service.id,
        interface="public",
        url="http://volume.test/v3/%(project_id)s",
        region_id="RegionOne",
    )
    access = admin.session.auth.get_auth_ref(admin.session)
    urls = access.service_catalog.get_urls(service_type="volumev3")
    assert urls == (f"http://volume.test/v3/{access.project_id}",)
    admin.identity.delete_endpoint(endpoint)
    admin.identity.delete_service(service)


def test_regions_and_domains(admin):
    admin.identity.create_region(id="RegionTwo", description="second")
    assert {region.id for region in admin.identity.regions()} == {"RegionOne", "RegionTwo"}
    admin.identity.delete_region("RegionTwo")
    domain = admin.identity.create_domain(name="research")
    with pytest.raises(exceptions.ForbiddenException):
        admin.identity.delete_domain(domain)
    admin.identity.update_domain(domain, is_enabled=False)
    admin.identity.delete_domain(domain)


def test_users_see_themselves_only(demo):
    me = demo.session.auth.get_access(demo.session).user_id
    assert demo.identity.get_user(me).name == "demo"
    assert [user.name for user in demo.identity.users()] == ["demo"]
    with pytest.raises(exceptions.ForbiddenException):
        demo.identity.create_project(name="mine")


def test_application_credentials_log_in(identity, demo):
    me = demo.session.auth.get_access(demo.session).user_id
    made = demo.identity.create_application_credential(me, "ci", roles=[{"name": "reader"}])
    body = {
        "auth": {
            "identity": {
                "methods": ["application_credential"],
                "application_credential": {"id": made.id, "secret": made.secret},
            }
        }
    }
    answer = session_for({URL: identity.app}).post(f"{URL}/v3/auth/tokens", json=body)
    assert answer.status_code == 201
    token = answer.json()["token"]
    assert [role["name"] for role in token["roles"]] == ["reader"]
    assert token["project"]["name"] == "demo"
    demo.identity.delete_application_credential(me, made)
    gone = session_for({URL: identity.app}).get(
        f"{URL}/v3/auth/projects", headers={"X-Auth-Token": answer.headers["X-Subject-Token"]}
    )
    assert gone.status_code == 401
