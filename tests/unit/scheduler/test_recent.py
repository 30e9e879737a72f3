"""Answers of placement that serve a second request: what is saved, and what is never wrong."""

import pytest

from nova.scheduler.errors import NoValidHost
from nova.scheduler.field import Field
from nova.scheduler.hosts import NUMBERS
from nova.scheduler.table import Table
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import host, spec, uid

DISABLED = "COMPUTE_STATUS_DISABLED"


@pytest.fixture
def cloud():
    return Cloud()


@pytest.fixture
def searches(cloud):
    """How many allocation requests each search answered with."""
    found = []
    search = cloud.placement.search.candidates

    def counted(context, query):
        answer = search(context, query)
        found.append(len(answer.requests))
        return answer

    cloud.placement.search.candidates = counted
    return found


def test_the_second_request_only_claims(cloud, searches):
    cloud.hosts(5)
    cloud.place(server="a")
    cloud.calls.clear()
    cloud.place(server="b")
    assert dict(cloud.calls) == {"claim": 1}
    cloud.clock.sleep(2)
    cloud.place(server="c")
    assert searches == [5, 5]


def test_other_requests_ask_for_themselves(cloud, searches):
    cloud.hosts(3)
    cloud.place(server="a")
    cloud.place(server="b", sizes={"vcpus": 3})
    assert searches == [3, 3]


def test_it_can_be_switched_off():
    cloud = Cloud(scheduling__candidates_reused_seconds=0)
    cloud.hosts(3)
    calls = []
    cloud.trouble = lambda operation: calls.append(operation) if operation == "candidates" else None
    for name in "abc":
        cloud.place(server=name)
    assert calls == ["candidates"] * 3
    assert cloud.placement.search.candidates is not None


def test_a_host_that_was_disabled_is_not_taken_once_that_is_heard(cloud, searches):
    cloud.hosts(2)
    first = cloud.place(server="a")
    [other] = {"h1", "h2"} - {first}
    cloud.placement.facts.set_traits(CONTEXT, uid(other), frozenset({DISABLED}))
    cloud.scheduler.refresh(CONTEXT)
    assert cloud.place(server="b") == first
    assert searches == [2, 1]


def test_what_placement_alone_knows_is_seen_after_a_moment(cloud, searches):
    cloud.hosts(2)
    first = cloud.place(server="a")
    [other] = {"h1", "h2"} - {first}
    cloud.placement.facts.set_traits(CONTEXT, uid(other), frozenset({DISABLED}))
    cloud.clock.sleep(0.6)
    assert cloud.place(server="b") == first
    assert searches == [2, 1]


def test_places_are_counted_until_the_last_and_never_twice(cloud):
    cloud.hosts(4, vcpus=4)
    found = [cloud.place(server=f"s{number}") for number in range(8)]
    assert sorted(found) == sorted(["h1", "h2", "h3", "h4"] * 2)
    with pytest.raises(NoValidHost):
        cloud.place(server="one too many")


def test_room_that_a_rival_took_is_found_out(cloud):
    cloud.hosts(2, vcpus=2)
    rival = cloud.another_scheduler()
    cloud.place(server="a", sizes={"vcpus": 1})
    [[there]] = rival.select(CONTEXT, [spec("rival", sizes={"vcpus": 2, "memory_mb": 512})], 0)
    assert there.host == "h2"
    assert cloud.place(server="b", sizes={"vcpus": 1}) == "h1"
    assert set(cloud.held("b")) == {uid("h1")}


def test_a_word_from_outside_ends_it(cloud, searches):
    cloud.hosts(2)
    cloud.place(server="a")
    cloud.scheduler.refresh(CONTEXT)
    cloud.place(server="b")
    assert searches == [2, 2]


def test_a_table_answers_as_a_list_does():
    hosts = [host(f"h{n}", vcpus_used=n % 5, metadata={"k": frozenset({str(n % 3)})})
             for n in range(200)]
    table = Table(hosts)
    some = [one for number, one in enumerate(hosts) if number % 7 == 0]
    kept, listed = table.field(table.rows(one.uuid for one in some)), Field(some)
    assert list(kept.hosts) == some
    for name in NUMBERS:
        assert kept.column(name).tolist() == listed.column(name).tolist()
    value = lambda one: int(next(iter(one.metadata["k"])))
    assert kept.for_each("metadata", value).tolist() == listed.for_each("metadata", value).tolist()
    busy = kept.only(kept.column("free_vcpus") > 13)
    assert [one.uuid for one in busy.hosts] == [
        one.uuid for one in some if one.free_vcpus > 13]


def test_a_table_takes_new_states_and_a_field_keeps_old_numbers():
    table = Table([host("h1"), host("h2")])
    before = table.field(table.rows([uid("h1"), uid("h2"), uid("unknown")]))
    table.put(host("h1", vcpus_used=4))
    after = table.field(table.rows([uid("h1")]))
    assert before.column("free_vcpus").tolist() == [16.0, 16.0]
    assert after.column("free_vcpus").tolist() == [12.0]
