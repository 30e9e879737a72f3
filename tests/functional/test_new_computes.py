"""[DEFAULT]enable_new_services off: operators say when a new compute may have servers."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.context import admin_context
from nova.resources.services.held_back import DISABLED
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

ADMIN = f"admin:{PROJECT}"
REASON = "New compute service disabled due to config option."


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(options={"enable_new_services": False}).start()
    yield cloud
    cloud.stop()


def compute(cloud: Cloud) -> dict[str, Any]:
    (found,) = cloud.request(
        "GET", "/os-services?binary=nova-compute", token=ADMIN
    ).body["services"]
    return dict(found)


def held_back(cloud: Cloud) -> bool:
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find()
    return DISABLED in cloud.placement.facts.traits(admin_context(), node.uuid).traits


def test_a_new_compute_waits_for_its_operator(cloud: Cloud) -> None:
    new = compute(cloud)
    assert (new["status"], new["disabled_reason"], new["state"]) == ("disabled", REASON, "up")
    assert held_back(cloud)
    refused = cloud.boot().body["server"]["id"]
    assert "No valid host" in cloud.wait(refused, "ERROR")["fault"]["message"]
    enabled = cloud.request(
        "PUT", f"/os-services/{new['id']}", {"status": "enabled"}, token=ADMIN
    )
    assert enabled.status == 200, enabled.body
    assert not held_back(cloud)
    # What an operator said holds for the next start.
    cloud.computes["host1"].stop()
    cloud.start_compute("host1")
    assert (compute(cloud)["status"], compute(cloud)["disabled_reason"]) == ("enabled", None)
    cloud.wait(cloud.boot().body["server"]["id"], "ACTIVE")


def test_control_services_are_never_disabled(cloud: Cloud) -> None:
    cloud.conductor.report()
    services = cloud.request("GET", "/os-services", token=ADMIN).body["services"]
    status = {one["binary"]: one["status"] for one in services}
    assert status["nova-conductor"] == "enabled"
