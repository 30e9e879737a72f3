"""What quotas count, and who is let through of those that ask at once."""

from collections.abc import Callable
from typing import Any

import pytest

from nova.clients.placement.contract import Allocation, Consumer, Inventory
from nova.context import RequestContext
from nova.core.call import Call
from nova.errors import Forbidden
from nova.microversions import NEWEST
from nova.objects.flavor import Flavor
from nova.resources.quotas.room import Ledger, QuotaExceeded, ledger_of
from nova.resources.quotas.usage import used
from tests import records
from tests.api.servers import add_pending, add_server
from tests.api.world import OTHER_PROJECT, PROJECT, World

FLAVOR: Flavor = records.flavor(vcpus=1, memory_mb=512)


def call_of(world: World, user: str = "alice") -> Call[Any]:
    context = RequestContext(user_id=user, project_id=PROJECT)
    return Call(context, NEWEST, world.seams, policy=None, url="")  # type: ignore[arg-type]


def pending(world: World, name: str, **columns: Any) -> str:
    return add_pending(world, name, flavor=FLAVOR, vcpus=1, memory_mb=512, **columns)


def limited(**quota: int) -> World:
    return World(**{f"quota__{name}": value for name, value in quota.items()})


def admitted(ledger: Ledger, uuid: str) -> bool:
    try:
        ledger.require_turn(FLAVOR, [uuid])
    except QuotaExceeded:
        return False
    return True


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_of_rivals_for_the_last_places_the_first_recorded_have_them(order: Any) -> None:
    world = limited(instances=2)
    add_server(world, "old")
    uuids = [pending(world, name) for name in ("first", "second", "third")]
    ledger = ledger_of(call_of(world))
    verdicts = {number: admitted(ledger, uuids[number]) for number in order}
    assert verdicts == {0: True, 1: False, 2: False}
    left = [build.instance_uuid for build in world.stores.api.builds.find(project_id=PROJECT)]
    assert left == uuids[:1]


def test_one_that_has_arrived_is_counted_once() -> None:
    world = limited(instances=1)
    uuid = pending(world, "one")
    arrived = records.instance(
        uuid=uuid, project_id=PROJECT, user_id="alice", vcpus=1, memory_mb=512
    )
    world.cell.operations.create(arrived, records.operation(uuid))
    assert used(call_of(world), PROJECT)["instances"] == 1
    assert admitted(ledger_of(call_of(world)), uuid)


def test_a_users_own_limit() -> None:
    world = limited(instances=10)
    world.stores.api.quotas.set(PROJECT, {"instances": 1}, "alice")
    add_server(world, "hers", user_id="alice")
    with pytest.raises(QuotaExceeded) as caught:
        ledger_of(call_of(world)).require({"instances": 1})
    assert caught.value.message == (
        "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"
    )
    ledger_of(call_of(world, "bob")).require({"instances": 1})


def test_what_becomes_less_is_never_refused() -> None:
    world = limited(cores=0, ram=0)
    add_server(world, "old")
    ledger_of(call_of(world)).require({"cores": 0, "ram": -512})


@pytest.fixture
def claimed() -> Callable[[World, str], None]:
    """Claims two cores and a GiB for a server."""
    provider = records.new_uuid()

    def claim(world: World, uuid: str) -> None:
        context = RequestContext()
        made = world.placement.providers.ensure(context, provider, "host1")
        if not world.placement.facts.inventories(context, provider).inventories:
            world.placement.facts.set_inventories(
                context, provider,
                {"VCPU": Inventory(64), "MEMORY_MB": Inventory(65536)}, made.generation,
            )
        world.placement.allocations.claim(context, Allocation(
            Consumer(uuid, PROJECT, "alice"), {provider: {"VCPU": 2, "MEMORY_MB": 1024}}
        ))

    return claim


def test_counted_in_placement(claimed: Callable[[World, str], None]) -> None:
    world = World(quota__count_usage_from_placement=True)
    claimed(world, add_server(world, "placed", vcpus=99, memory_mb=99))
    pending(world, "coming")
    add_server(world, "foreign", project_id=OTHER_PROJECT)
    assert dict(used(call_of(world), PROJECT)) == {"instances": 2, "cores": 3, "ram": 1536}


def test_unified_limits(claimed: Callable[[World, str], None]) -> None:
    world = World(quota__driver="nova.quota.UnifiedLimitsDriver")
    world.identity.registered_limits |= {"servers": 2, "class:VCPU": 20, "class:MEMORY_MB": 1600}
    claimed(world, add_server(world, "placed"))
    ledger = ledger_of(call_of(world))
    assert ledger.allowed_count(FLAVOR, 1, 5) == 1
    with pytest.raises(Forbidden) as caught:
        ledger.allowed_count(FLAVOR, 2, 5)
    assert caught.value.message.startswith(f"Project {PROJECT} is over a limit for [")
    assert "Resource servers is over limit of 2 due to current usage 1 and delta 2" in (
        caught.value.message
    )


@pytest.mark.parametrize(("together", "shared", "dedicated"), [(False, 2, 3), (True, 1, 0)])
def test_dedicated_processors_may_count_as_others(
    together: bool, shared: int, dedicated: int
) -> None:
    world = World(
        quota__driver="nova.quota.UnifiedLimitsDriver",
        workarounds__unified_limits_count_pcpu_as_vcpu=together,
    )
    names = ("servers", "class:PCPU", "class:MEMORY_MB", "class:DISK_GB")
    world.identity.registered_limits |= {**dict.fromkeys(names, -1), "class:VCPU": 2}
    own = records.flavor(vcpus=2, extra_specs={"hw:cpu_policy": "dedicated"})
    ledger = ledger_of(call_of(world))
    assert ledger.allowed_count(own, 0, 3) == (1 if together else 3)
    add_pending(world, "own", flavor=records.flavor(
        vcpus=1, extra_specs={"hw:cpu_policy": "dedicated"}))
    assert ledger.allowed_count(FLAVOR, 0, 3) == shared
    assert ledger.allowed_count(own, 0, 3) == dedicated


@pytest.mark.parametrize(
    ("strategy", "listed", "count"),
    [
        ("require", ["servers"], 0), ("ignore", ["servers"], 3),
        ("require", [], 3), ("ignore", [], 0),
    ],
)
def test_limits_that_nobody_registered(strategy: str, listed: list[str], count: int) -> None:
    world = World(
        quota__driver="nova.quota.UnifiedLimitsDriver",
        quota__unified_limits_resource_strategy=strategy,
        quota__unified_limits_resource_list=listed,
    )
    world.identity.registered_limits |= dict.fromkeys(
        ("class:VCPU", "class:MEMORY_MB", "class:DISK_GB"), -1
    )
    assert ledger_of(call_of(world)).allowed_count(FLAVOR, 0, 3) == count
