"""Claims of those who ask at once: one request for all that wait, and nobody loses by it."""

import threading
import time
from types import SimpleNamespace

import pytest

from nova.core.clock import RealClock
from nova.errors import Unavailable
from nova.scheduler.convoy import MOST, Convoy

PATIENCE = 10


class Road:
    """Placement as the convoy sees it; the first claim holds the road until `opened`."""

    def __init__(self):
        self.convoy = Convoy(RealClock())
        self.travelled = []
        self.full = set()
        self.trouble = None
        self.opened, self.held = threading.Event(), threading.Event()
        self.answers = {}
        self.threads = []

    def alone(self, placing):
        self.travelled.append([placing.request.server])
        if placing.request.server == "first":
            self.held.set()
            assert self.opened.wait(PATIENCE)
        return placing.request.server not in self.full

    def together(self, placings):
        servers = [one.request.server for one in placings]
        self.travelled.append(servers)
        if self.trouble:
            raise self.trouble
        return not self.full & set(servers)

    def ask(self, server):
        placing = SimpleNamespace(request=SimpleNamespace(server=server))

        def claim():
            try:
                self.answers[server] = self.convoy.claim(placing, self.alone, self.together)
            except Unavailable as error:
                self.answers[server] = error

        self.threads.append(threading.Thread(target=claim, daemon=True))
        self.threads[-1].start()

    def ask_behind_the_first(self, *servers):
        """All of `servers` wait before the first one is done."""
        self.ask("first")
        assert self.held.wait(PATIENCE)
        for number, server in enumerate(servers, 1):
            self.ask(server)
            while len(self.convoy._waiting) < number:
                time.sleep(0.001)
        self.opened.set()
        self.all_answered()

    def all_answered(self):
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def road():
    return Road()


def test_who_asks_alone_goes_alone(road):
    road.opened.set()
    for server in ("first", "second"):
        road.ask(server)
        road.all_answered()
    assert road.travelled == [["first"], ["second"]]


def test_who_waits_travels_together(road):
    road.ask_behind_the_first("a", "b", "c")
    assert road.travelled == [["first"], ["a", "b", "c"]]
    assert road.answers == dict.fromkeys(("first", "a", "b", "c"), True)


def test_who_does_not_fit_keeps_nobody_out(road):
    road.full = {"b"}
    road.ask_behind_the_first("a", "b", "c")
    assert road.travelled[:2] == [["first"], ["a", "b", "c"]]
    assert sorted(road.travelled[2:]) == [["a"], ["b"], ["c"]]
    assert road.answers == {"first": True, "a": True, "b": False, "c": True}


def test_a_request_that_failed_is_made_by_each_alone(road):
    road.trouble = Unavailable(service="placement", reason="away")
    road.ask_behind_the_first("a", "b")
    # Whose request it was is told of the failure, and undoes what may have been claimed.
    assert road.answers == {"first": True, "a": road.trouble, "b": True}
    assert road.travelled[2:] == [["b"]]


def test_one_request_takes_so_many(road):
    servers = [f"s{number}" for number in range(MOST + 3)]
    road.ask_behind_the_first(*servers)
    assert [len(one) for one in road.travelled] == [1, MOST, 3]
    assert all(road.answers.values())


def test_a_server_that_is_claimed_twice_goes_twice(road):
    road.ask_behind_the_first("a", "a")
    assert road.travelled == [["first"], ["a"], ["a"]]
