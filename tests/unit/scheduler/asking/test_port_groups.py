"""From what the network service says of ports to what placement is asked."""

from nova.clients.network.contract import Port
from nova.scheduler.asking.query import Bounds, build
from nova.servers.create.port_groups import requested_resources
from tests.unit.scheduler.making import request

BANDWIDTH = {"NET_BW_EGR_KILOBIT_PER_SEC": 1000}


def port(name, **fields):
    return Port(id=name, network_id="n", project_id="p", mac="m", **fields)


def query(*ports):
    return build(request(requested_resources=requested_resources(ports)), [], Bounds())


def test_plain_ports_ask_for_nothing():
    assert requested_resources([port("p1")]) == []


def test_each_group_is_numbered_by_its_id_and_kept_in_one_tree():
    asked = {"request_groups": [
        {"id": "g1", "resources": BANDWIDTH, "required": ["CUSTOM_PHYSNET_A", "!CUSTOM_OLD"]},
        {"id": "g2", "resources": {"NET_PACKET_RATE_KILOPACKET_PER_SEC": 5}, "required": []},
    ], "same_subtree": ["g1", "g2"]}
    found = query(port("p1", resource_request=asked), port("p2"))
    groups = {group.suffix: group for group in found.groups}
    assert set(groups) == {"", "g1", "g2"}
    assert groups["g1"].resources == BANDWIDTH
    assert groups["g1"].required == {"CUSTOM_PHYSNET_A"}
    assert groups["g1"].forbidden == {"CUSTOM_OLD"}
    assert found.same_subtree == (frozenset({"g1", "g2"}),)
    assert found.group_policy == "none"


def test_the_older_form_is_one_group_named_after_its_port():
    old = {"resources": BANDWIDTH, "required": ["CUSTOM_PHYSNET_A"]}
    found = query(port("p1", resource_request=old))
    [group] = [one for one in found.groups if one.suffix]
    assert (group.suffix, group.resources) == ("p1", BANDWIDTH)
    assert found.same_subtree == ()


def test_ports_managed_elsewhere_are_told_of():
    [entry] = requested_resources([port("p1", vnic_type="remote-managed")])
    assert (entry["vnic_type"], entry["resources"]) == ("remote-managed", {})
