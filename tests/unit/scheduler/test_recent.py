"""Answers of placement that serve a second request: what is saved, and what is never wrong."""

import threading

import pytest

from nova.errors import Unavailable
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


class Search:
    """Searches that take as long as the test wants, by those who ask at once."""

    def __init__(self, cloud):
        self.cloud, self.searches, self.threads, self.found = cloud, 0, [], []
        self.begun, self.end = threading.Semaphore(0), threading.Event()
        search = cloud.placement.search.candidates

        def slow(context, query):
            self.searches += 1
            self.begun.release()
            assert self.end.wait(10)
            return search(context, query)

        cloud.placement.search.candidates = slow

    def ask(self, *servers):
        """And do not wait for the answers."""
        for server in servers:
            place = lambda server=server: self.found.append(self.cloud.place(server=server))
            self.threads.append(threading.Thread(target=place, daemon=True))
            self.threads[-1].start()

    def answered(self):
        self.end.set()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_of_those_who_ask_at_once_one_searches(cloud):
    cloud.hosts(5)
    search = Search(cloud)
    search.ask("a", "b", "c")
    assert search.begun.acquire(timeout=10)
    search.answered()
    assert search.searches == 1
    assert len(set(search.found)) == 3


def test_while_one_searches_the_others_go_on_with_the_last_answer(cloud):
    cloud.hosts(5)
    cloud.place(server="first")
    search = Search(cloud)
    cloud.clock.sleep(0.6)
    search.ask("a")
    assert search.begun.acquire(timeout=10)
    cloud.place(server="b")
    assert search.found == []
    search.answered()
    assert search.searches == 1 and len(search.found) == 1


def test_an_answer_that_is_much_older_is_waited_for(cloud):
    cloud.hosts(5)
    cloud.place(server="first")
    search = Search(cloud)
    cloud.clock.sleep(1.1)
    search.ask("a", "b")
    assert search.begun.acquire(timeout=10)
    assert search.found == []
    search.answered()
    assert search.searches == 1 and len(search.found) == 2


def test_a_search_from_before_a_word_from_outside_serves_nobody_after_it(cloud):
    cloud.hosts(5)
    search = Search(cloud)
    search.ask("a")
    assert search.begun.acquire(timeout=10)
    cloud.scheduler.refresh(CONTEXT)
    search.ask("b")
    assert search.begun.acquire(timeout=10)
    search.answered()
    assert search.searches == 2
    # The answer that is kept is the second one's.
    cloud.place(server="c")
    assert search.searches == 2


def test_a_search_that_failed_keeps_nobody_waiting(cloud):
    cloud.hosts(5)
    search = cloud.placement.search.candidates
    failed = []

    def first_fails(context, query):
        if not failed:
            failed.append(True)
            raise Unavailable(service="placement", reason="away")
        return search(context, query)

    cloud.placement.search.candidates = first_fails
    with pytest.raises(Unavailable):
        cloud.place(server="a")
    cloud.place(server="b")
