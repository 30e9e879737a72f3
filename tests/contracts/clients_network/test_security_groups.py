"""Security groups, with the user's own rights."""

import pytest

from nova.clients.network.contract import (
    SecurityGroupAmbiguous,
    SecurityGroupInUse,
    SecurityGroupNotFound,
)
from tests.contracts.clients_network.worlds import draft

ABSENT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def groups(service):
    return service.security_groups


def test_by_name_or_id_in_order(world, groups, context):
    web, db = (groups.create(context, name, "") for name in ("web", "db"))
    groups.create(world.stranger, "web", "of somebody else")
    start = len(world.observed.calls)
    assert [one.id for one in groups.resolve(context, ["db", "web"])] == [db.id, web.id]
    assert [one.id for one in groups.resolve(context, [web.id])] == [web.id]
    assert [one.id for one in groups.resolve(context, ["db", web.id])] == [db.id, web.id]
    assert len(world.observed.since(start)) == 3
    assert groups.resolve(context, []) == ()


def test_what_cannot_be_resolved(groups, context):
    for _ in range(2):
        groups.create(context, "twice", "")
    with pytest.raises(SecurityGroupAmbiguous):
        groups.resolve(context, ["twice"])
    for name in ("never", ABSENT):
        with pytest.raises(SecurityGroupNotFound):
            groups.resolve(context, [name])


def test_a_life(groups, context):
    made = groups.create(context, "web", "first")
    changed = groups.update(context, made.id, "web2", "second")
    assert (changed.name, changed.description) == ("web2", "second")
    assert [one.id for one in groups.list(context, [made.id])] == [made.id]
    assert [one.id for one in groups.list(context, name="web2")] == [made.id]
    groups.delete(context, made.id)
    with pytest.raises(SecurityGroupNotFound):
        groups.delete(context, made.id)
    with pytest.raises(SecurityGroupNotFound):
        groups.update(context, made.id, "x", "")


def test_rules(groups, context):
    made = groups.create(context, "web", "")
    told = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
            "port_range_min": 80, "port_range_max": 80}  # fmt: skip
    rule = groups.add_rule(context, made.id, told)
    assert {name: rule[name] for name in told} == told
    assert rule["id"] in [one["id"] for one in groups.list(context, [made.id])[0].rules]
    groups.delete_rule(context, rule["id"])
    assert rule["id"] not in [one["id"] for one in groups.list(context, [made.id])[0].rules]
    with pytest.raises(SecurityGroupNotFound):
        groups.delete_rule(context, rule["id"])


def test_one_in_use_stays(service, groups, context, net):
    made = groups.create(context, "web", "")
    (port,) = service.ports.create(context, [draft(context, net, security_groups=(made.id,))])
    assert port.security_groups == (made.id,)
    with pytest.raises(SecurityGroupInUse, match=made.id) as refused:
        groups.delete(context, made.id)
    assert refused.value.code == 400
