"""Clients that know nothing of this implementation."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openstack
import pytest
from keystoneauth1 import session, token_endpoint
from keystoneauth1.adapter import Adapter

from tests.api.placement.service import uuid
from tests.integration.placement_clients.processes import placement

NOAUTH = "[api]\nauth_strategy = noauth2\n"

COMMANDS = f"""
resource provider create one --uuid {uuid(1)}
resource provider create two --uuid {uuid(2)} --parent-provider {uuid(1)}
resource provider set {uuid(2)} --name second
resource provider list --in-tree {uuid(2)} -f csv
resource provider inventory set {uuid(1)} --resource VCPU=16 --resource MEMORY_MB=2048
resource provider inventory class set {uuid(1)} VCPU --total 20
resource provider inventory set {uuid(1)} --resource VCPU:allocation_ratio=4.0 --amend
resource provider inventory list {uuid(1)} -f csv
resource provider aggregate set --generation 3 --aggregate {uuid(901)} {uuid(1)}
resource provider aggregate list {uuid(1)}
trait create CUSTOM_T
trait list --name in:CUSTOM_T
resource provider trait set --trait CUSTOM_T {uuid(1)}
resource class create CUSTOM_C
resource class show CUSTOM_C
resource class delete CUSTOM_C
resource provider allocation set {uuid(501)} --allocation rp={uuid(1)},VCPU=2,MEMORY_MB=10 \
--project-id p --user-id u --consumer-type INSTANCE
resource provider allocation unset {uuid(501)} --resource-class MEMORY_MB
resource provider allocation show {uuid(501)} -f csv
resource provider usage show {uuid(1)} -f csv
resource usage show p
allocation candidate list --resource VCPU=1 --required CUSTOM_T --limit 3 -f csv
allocation candidate list --group 1 --resource VCPU=1 --group 2 --resource VCPU=1 \
--group-policy none -f csv
resource provider list --resource VCPU=1 --member-of {uuid(901)} -f csv
resource provider allocation delete {uuid(501)}
resource provider trait delete {uuid(1)}
resource provider inventory delete {uuid(1)}
resource provider delete {uuid(2)}
"""

SHOWN = (
    f'"{uuid(2)}","second",0,"{uuid(1)}","{uuid(1)}"',
    '"VCPU",4.0,1,2147483647,0,1,20',
    uuid(901),
    "CUSTOM_T",
    '"{\'VCPU\': 2}","p","u","INSTANCE"',
    '"MEMORY_MB",0',
    '"VCPU=2/80,MEMORY_MB=0/2048","CUSTOM_T"',
    '"VCPU=2"',
    f'"{uuid(1)}","one",7',
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with placement(tmp_path_factory.mktemp("placement"), NOAUTH) as one:
        yield one


def test_osc_placement(url: str) -> None:
    client = [str(Path(sys.executable).with_name("openstack"))]
    environment = {
        "OS_AUTH_TYPE": "admin_token", "OS_TOKEN": "admin", "OS_ENDPOINT": url,
        "OS_PLACEMENT_API_VERSION": "1.39", "HOME": "/nonexistent",
    }  # fmt: skip
    done = subprocess.run(
        client, input=COMMANDS, env=environment, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert not [line for line in done.stderr.splitlines() if "HTTP" in line or "error" in line]
    for text in SHOWN:
        assert text in done.stdout, done.stdout + done.stderr


def test_openstacksdk(url: str) -> None:
    keystone = session.Session(auth=token_endpoint.Token(url, "admin"))
    proxy = openstack.connection.Connection(
        session=keystone, placement_endpoint_override=url, placement_default_microversion="1.39"
    ).placement
    made = proxy.create_resource_provider(name="sdk", uuid=uuid(31))
    assert proxy.find_resource_provider("sdk").id == made.id
    inventory = proxy.create_resource_provider_inventory(made, "VCPU", total=8)
    assert (inventory.total, inventory.step_size) == (8, 1)
    proxy.update_resource_provider_inventory(inventory, resource_provider_generation=1, total=16)
    assert [one.total for one in proxy.resource_provider_inventories(made)] == [16]
    proxy.create_trait("CUSTOM_SDK")
    assert "CUSTOM_SDK" in [trait.name for trait in proxy.traits()]
    assert proxy.create_resource_class(name="CUSTOM_SDK").name == "CUSTOM_SDK"
    made = proxy.get_resource_provider(made)
    updated = proxy.set_resource_provider_aggregates(made, uuid(902))
    assert proxy.fetch_resource_provider_aggregates(updated).aggregates == [uuid(902)]
    proxy.delete_resource_provider(made)
    assert proxy.find_resource_provider("sdk") is None


def test_keystoneauth_with_microversions(url: str) -> None:
    keystone = session.Session(auth=token_endpoint.Token(url, "admin"))
    adapter = Adapter(keystone, service_type="placement", endpoint_override=url)
    old = adapter.get("/resource_providers", microversion="1.13")
    assert old.headers["OpenStack-API-Version"] == "placement 1.13"
    found = adapter.get("/allocation_candidates?resources=PCPU:1", microversion="1.36")
    assert found.json() == {"allocation_requests": [], "provider_summaries": {}}
    data = adapter.get_endpoint_data()
    assert (data.min_microversion, data.max_microversion) == ((1, 0), (1, 39))
