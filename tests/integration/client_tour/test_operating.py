"""What operators look at and change: services, hypervisors, zones, aggregates."""

import time

import pytest
from openstack import exceptions
from openstack.connection import Connection

from tests.integration.client_tour.conftest import PATIENCE, Fleet
from tests.integration.client_tour.needed import needed
from tests.integration.client_tour.openstack_command import OpenStack

pytestmark = needed


def test_services_are_listed_and_held_back(
    as_admin: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    found = as_admin.ask("compute", "service", "list")
    assert {one["Binary"] for one in found} == {"nova-compute", "nova-conductor", "nova-scheduler"}
    assert {one["State"] for one in found} == {"up"}
    service = ("compute", "service", "set", "host2", "nova-compute")
    as_admin.do(*service, "--disable", "--disable-reason", "for a while")
    (shown,) = as_admin.ask("compute", "service", "list", "--host", "host2", "--long")
    assert (shown["Status"], shown["Disabled Reason"]) == ("disabled", "for a while")
    try:
        assert fleet.boot("elsewhere", admin).compute_host == "host1"
    finally:
        as_admin.do(*service, "--enable")
    as_admin.do(*service, "--down")
    (shown,) = as_admin.ask("compute", "service", "list", "--host", "host2")
    assert (shown["Status"], shown["State"]) == ("enabled", "down")
    as_admin.do(*service, "--up")


def test_services_in_use_are_not_removed(
    as_admin: OpenStack, as_demo: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    fleet.boot("there", admin, availability_zone="nova:host1")
    (service,) = admin.compute.services(binary="nova-compute", host="host1")
    with pytest.raises(exceptions.ConflictException, match="hosting instances"):
        admin.compute.delete_service(service)
    assert "not found" in as_admin.refusal(
        "compute", "service", "set", "--disable", "nohost", "nova-compute"
    )
    assert "Policy doesn't allow" in as_demo.refusal("compute", "service", "list")


def test_hypervisors_are_shown(
    as_admin: OpenStack, as_demo: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    fleet.boot("there", admin, availability_zone="nova:host1")
    names = ("hypervisor", "list", "--long")
    assert as_admin.names(*names, column="Hypervisor Hostname") == ["host1", "host2"]
    shown = as_admin.ask("hypervisor", "show", "host1")
    assert (shown["state"], shown["status"], shown["hypervisor_type"]) == ("up", "enabled", "fake")
    used = {"vcpus_used": 1, "memory_mb_used": 128, "running_vms": 1}
    assert _told(as_admin, used, "hypervisor", "stats", "show") == used
    older = ("hypervisor", "show", "host1", "--os-compute-api-version", "2.80")
    assert _told(as_admin, used, *older) == used
    matching = admin.compute.hypervisors(hypervisor_hostname_pattern="host2")
    assert [one.name for one in matching] == ["host2"]
    assert "Policy doesn't allow" in as_demo.refusal("hypervisor", "list")
    silent = admin.compute.get(f"/os-hypervisors/{shown['id']}/uptime", microversion="2.80")
    assert silent.status_code == 501


def _told(client: OpenStack, wanted: dict[str, int], *question: str) -> dict[str, int]:
    """What a hypervisor's numbers are, once they are those wanted: hosts tell them now and
    then."""
    end = time.monotonic() + PATIENCE
    while True:
        shown = client.ask(*question)
        seen = {name: shown[name] for name in wanted}
        if seen == wanted or time.monotonic() > end:
            return seen
        time.sleep(0.5)


def test_aggregates_make_zones(
    as_admin: OpenStack, as_demo: OpenStack, admin: Connection, fleet: Fleet
) -> None:
    as_admin.do("aggregate", "create", "shelf", "--zone", "north", "--property", "ssd=true")
    as_admin.do("aggregate", "add", "host", "shelf", "host2")
    assert "already" in as_admin.refusal("aggregate", "add", "host", "shelf", "host2")
    shown = as_admin.ask("aggregate", "show", "shelf")
    assert (shown["hosts"], shown["availability_zone"]) == (["host2"], "north")
    assert shown["properties"] == {"ssd": "true"}
    zones = ("availability", "zone", "list")
    assert as_demo.names(*zones, "--compute", column="Zone Name") == ["north", "nova"]
    hosts = {one["Host Name"]: one["Zone Name"] for one in as_admin.ask(
        *zones, "--compute", "--long")}
    assert (hosts["host1"], hosts["host2"]) == ("nova", "north")
    assert fleet.boot("there", admin, availability_zone="north").compute_host == "host2"
    with pytest.raises(exceptions.BadRequestException, match="contain instances"):
        admin.compute.update_aggregate(shown["id"], availability_zone="south")
    assert "contain instances" in as_admin.refusal("aggregate", "remove", "host", "shelf", "host2")
    admin.compute.delete_server(fleet.made[0])
    admin.compute.wait_for_delete(fleet.made[0], interval=0.2)
    as_admin.do("aggregate", "set", "shelf", "--name", "rack", "--zone", "south")
    assert as_admin.names("aggregate", "list") == ["rack"]
    assert "not empty" in as_admin.refusal("aggregate", "delete", "rack")
    as_admin.do("aggregate", "remove", "host", "rack", "host2")
    as_admin.do("aggregate", "delete", "rack")
    assert as_demo.names(*zones, "--compute", column="Zone Name") == ["nova"]


def test_hosts_are_still_listed_for_older_clients(
    as_admin: OpenStack, as_demo: OpenStack
) -> None:
    found = as_admin.ask("host", "list")
    assert {one["Host Name"] for one in found if one["Service"] == "compute"} == {"host1", "host2"}
    (total, *_) = as_admin.ask("host", "show", "host1")
    assert total["Project"] == "(total)"
    assert "Policy doesn't allow" in as_demo.refusal("host", "list")
