"""The network service's pure halves: addresses, events, filters, and its notifier."""

import threading

import pytest
from keystoneauth1 import exceptions as ksa

from nova.core.clock import RealClock
from nova.standalone.network import addresses
from nova.standalone.network.bridges.firewall import bridge_table, inet_table, port_chains
from nova.standalone.network.fabric import NetworkPlan, PortPlan, RulePlan, SubnetPlan
from nova.standalone.network.happenings import ServerEvent, events_of
from nova.standalone.network.notifier import ComputeNotifier

NET = addresses.network("10.0.0.0/29")
PORT = {
    "id": "p",
    "device_id": "server",
    "device_owner": "compute:nova",
    "status": "ACTIVE",
    "binding:host_id": "a",
    "fixed_ips": [],
}


@pytest.mark.parametrize(
    ("gateway", "spans"),
    [
        ("10.0.0.1", [("10.0.0.2", "10.0.0.6")]),
        ("10.0.0.6", [("10.0.0.1", "10.0.0.5")]),
        ("10.0.0.3", [("10.0.0.1", "10.0.0.2"), ("10.0.0.4", "10.0.0.6")]),
        (None, [("10.0.0.1", "10.0.0.6")]),
    ],
)
def test_pools_leave_out_the_gateway(gateway, spans):
    pools = addresses.default_pools(NET, gateway)
    assert [(pool["start"], pool["end"]) for pool in pools] == spans
    assert addresses.pool_fault(NET, gateway, pools) is None


def test_a_given_back_address_rests():
    pools = [{"start": "10.0.0.2", "end": "10.0.0.4"}]
    assert addresses.next_free(pools, None, set()) == "10.0.0.2"
    assert addresses.next_free(pools, "10.0.0.2", set()) == "10.0.0.3"
    assert addresses.next_free(pools, "10.0.0.4", {"10.0.0.2"}) == "10.0.0.3"
    assert addresses.next_free(pools, "10.0.0.3", {"10.0.0.3", "10.0.0.4"}) == "10.0.0.2"
    full = {"10.0.0.2", "10.0.0.3", "10.0.0.4"}
    assert addresses.next_free(pools, "10.0.0.3", full) is None


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        ("10.0.0.1", "10.0.0.3", "Gateway"),
        ("10.0.0.2", "10.0.0.99", "not valid"),
        ("10.0.0.5", "10.0.0.2", "not valid"),
    ],
)
def test_bad_pools(start, end, word):
    assert word in addresses.pool_fault(NET, "10.0.0.1", [{"start": start, "end": end}])


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (None, {}, ["network-vif-plugged"]),
        ({}, None, ["network-vif-deleted"]),
        ({"status": "DOWN"}, {}, ["network-vif-plugged"]),
        ({}, {"status": "DOWN"}, ["network-vif-unplugged"]),
        ({}, {"binding:host_id": "b"}, ["network-vif-plugged"]),
        ({}, {"fixed_ips": ["x"]}, ["network-changed"]),
        ({}, {}, []),
        ({"status": "DOWN"}, {"device_owner": "network:dhcp"}, []),
        ({"status": "DOWN"}, {"device_id": ""}, []),
    ],
)
def test_what_compute_is_told(before, after, names):
    before = None if before is None else PORT | before
    after = None if after is None else PORT | after
    assert [event.name for event in events_of(before, after)] == names


def plan(*rules, **more):
    port = PortPlan("0123456789abc", "02:00:00:00:00:01", (("s", "10.0.0.2"),), True, True,
                    rules=rules, **more)  # fmt: skip
    subnet = SubnetPlan("s", "10.0.0.0/24", "10.0.0.1", True)
    return NetworkPlan("fedcba9876543210", 1500, subnets=(subnet,), ports=(port,))


def rules_of(chain, *plans):
    start = f"add rule bridge t {chain} "
    lines = bridge_table("t", plans).splitlines()
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


def test_a_port_without_rules_gets_nothing():
    assert rules_of("to-0123456789a", plan())[-1] == "drop"
    assert not [rule for rule in rules_of("to-0123456789a", plan()) if "goto" in rule]


def test_rules_become_matches():
    found = rules_of(
        "to-0123456789a",
        plan(
            RulePlan("ingress", "IPv4", 6, (80, 81), ("10.9.0.0/16",)),
            RulePlan("ingress", "IPv4", 1, (8, -1)),
            RulePlan("ingress", "IPv4", remote=None),
            RulePlan("ingress", "IPv6"),
            RulePlan("egress", "IPv4"),
        ),
    )
    assert [rule for rule in found if "goto" in rule] == [
        "ether type ip ip saddr { 10.9.0.0/16 } ip protocol 6 th dport 80-81 goto got",
        "ether type ip icmp type 8 goto got",
    ]


def test_a_port_sends_as_itself_only():
    found = rules_of("from-0123456789a", plan(pairs=(("02:00:00:00:00:02", "10.7.0.0/24"),)))
    assert found[0] == "ether saddr != { 02:00:00:00:00:01, 02:00:00:00:00:02 } drop"
    assert "ether saddr 02:00:00:00:00:01 ip saddr != { 10.0.0.2 } drop" in found
    assert "ether saddr 02:00:00:00:00:02 ip saddr != { 10.7.0.0/24 } drop" in found


def test_unguarded_ports_have_no_chains():
    assert port_chains([plan(guarded=False)]) == set()
    assert port_chains([plan()]) == {"from-0123456789a", "to-0123456789a"}


def test_gone_ports_lose_their_chains_and_strangers_are_shut_out():
    text = bridge_table("t", [plan()], {"from-old"}, {"tapstrange"})
    assert "delete chain bridge t from-old" in text
    assert 'add element bridge t strangers { "tapstrange" }' in text


def test_only_traffic_to_the_outside_is_translated():
    text = inet_table("t", [plan()])
    assert 'ip daddr != { 10.0.0.0/24, 224.0.0.0/4 } oifname != "brqfedcba98765" masquerade' in text


class Compute:
    """Takes posts, after refusing some."""

    def __init__(self, refusals):
        self.refusals = refusals
        self.posts = []
        self.idle = threading.Event()

    def post(self, path, json, headers):
        if self.refusals:
            raise self.refusals.pop(0)
        self.posts.append([event["tag"] for event in json["events"]])
        if "last" in self.posts[-1]:
            self.idle.set()
        return type("Answer", (), {"status_code": 200})


@pytest.mark.parametrize(
    ("refusals", "told"),
    [
        ([], ["one", "last"]),
        ([ksa.ConnectFailure(), ksa.InternalServerError()], ["one", "last"]),
    ],
)
def test_events_arrive_in_order_after_trouble(refusals, told):
    compute = Compute(list(refusals))
    notifier = ComputeNotifier(compute, RealClock(), delays=(0.001,) * 4)
    notifier.notify([ServerEvent("network-changed", "s", tag) for tag in told])
    assert compute.idle.wait(10)
    notifier.stop()
    assert [tag for post in compute.posts for tag in post] == told


def test_unknown_servers_hold_nothing_up():
    compute = Compute([ksa.NotFound()])
    notifier = ComputeNotifier(compute, RealClock(), delays=(60.0,))
    notifier.notify([ServerEvent("network-changed", "s", "unknown")])
    while compute.refusals:
        threading.Event().wait(0.001)
    notifier.notify([ServerEvent("network-changed", "s", "last")])
    assert compute.idle.wait(10)
    notifier.stop()
    assert compute.posts == [["last"]]
