"""Decisions of the scheduler, and members of groups settled by many, on every database."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from nova.objects.cloud import ServerGroup
from nova.objects.decisions import Decision, Findings, Ranked, Refused

NOW = datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
FOUND = Findings(
    asked={"VCPU": 2},
    refused=[Refused("ComputeFilter", "it is down", None, [("h3", "h3"), ("h4", "n4")], [1, None])],
    ranked=Ranked([("h1", "h1"), ("h2", "n2")], {"RAMWeigher": [0.5, 1.0], "DiskWeigher": [0, 1]}),
    causes=[{"cause": "resource class VCPU", "asked": 2, "hosts": 0, "emptied": True}],
    omitted=7,
)


@pytest.fixture
def decisions(stores):
    return stores.api.decisions


def decided(server, at=NOW, **fields):
    return Decision(instance_uuid=server, at=at, request_id="req-1", **fields)


def test_what_is_kept_comes_back(decisions):
    server = str(uuid.uuid4())
    decisions.add([decided(server, host="h2", node="n2", seconds=0.25, findings=FOUND)])
    [found] = decisions.of_server(server)
    assert (found.at, found.host, found.node, found.seconds) == (NOW, "h2", "n2", 0.25)
    assert list(found.findings.verdicts()) == list(FOUND.verdicts())
    assert (found.findings.causes, found.findings.omitted) == (FOUND.causes, 7)


def test_the_latest_comes_first_and_old_ones_go(decisions):
    server = str(uuid.uuid4())
    moments = [NOW - timedelta(days=days) for days in (3, 2, 1)]
    decisions.add([decided(server, at=at, reason=str(at.day)) for at in moments])
    assert [one.at for one in decisions.of_server(server, 2)] == [moments[2], moments[1]]
    assert decisions.prune(NOW - timedelta(days=1, hours=12)) >= 2
    assert [one.at for one in decisions.of_server(server)] == [moments[2]]
    assert decisions.of_server(str(uuid.uuid4())) == []
    decisions.add([])


def test_one_statement_for_many(decisions, databases):
    said = []
    with databases[0].observed(said.append):
        decisions.add([decided(str(uuid.uuid4())) for _ in range(20)])
    assert len([one for one in said if one.startswith("INSERT")]) == 1


def grouped(stores, policy, count, **rules):
    """(uuid of a group, its members)"""
    servers = [str(uuid.uuid4()) for _ in range(count)]
    group = stores.api.groups.create(ServerGroup(
        uuid=str(uuid.uuid4()), name="g", project_id="p", user_id="u", policy=policy,
        rules=rules, members=[]))
    stores.api.groups.add_members(group.uuid, servers)
    return group.uuid, servers


def test_members_are_kept_apart_and_together(stores):
    groups, long_ago = stores.api.groups, datetime(2020, 1, 1, tzinfo=UTC)
    apart, (a, b, c, d) = grouped(stores, "anti-affinity", 4, max_server_per_host=2)
    assert groups.settle(apart, {a: "h1", b: "h1"}, {}, long_ago)
    assert not groups.settle(apart, {c: "h1"}, {}, long_ago)
    assert not groups.settle(apart, {c: "h2"}, {d: "h2", "x": "h2"}, long_ago)
    assert groups.decided(apart, long_ago) == {a: "h1", b: "h1"}
    assert groups.decided(apart, datetime(2999, 1, 1, tzinfo=UTC)) == {}
    groups.unsettle([b])
    assert groups.settle(apart, {c: "h1"}, {}, long_ago)
    # Who moves is still where it was, until it is gone there.
    assert not groups.settle(apart, {d: "h3"}, {a: "h3", c: "h3"}, long_ago)
    together, (e, f) = grouped(stores, "affinity", 2)
    assert groups.settle(together, {e: "h1"}, {}, long_ago)
    assert not groups.settle(together, {f: "h2"}, {}, long_ago)
    assert groups.settle(together, {f: "h1"}, {}, long_ago)
    assert groups.settle(str(uuid.uuid4()), {e: "h9"}, {}, long_ago)


@pytest.mark.parametrize(("policy", "winners"), [("anti-affinity", 1), ("affinity", 4)])
def test_rivals_are_settled_one_after_the_other(stores, policy, winners):
    """Eight schedulers that know nothing of each other place members on one host, or on two."""
    group, servers = grouped(stores, policy, 8)
    won, barrier = [], threading.Barrier(8)
    since = datetime(2020, 1, 1, tzinfo=UTC)

    def settle(number, server):
        barrier.wait()
        host = "h1" if policy == "anti-affinity" else f"h{number % 2}"
        if stores.api.groups.settle(group, {server: host}, {}, since):
            won.append(host)

    threads = [threading.Thread(target=settle, args=one) for one in enumerate(servers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(won)) == 1
    assert len(won) == winners
