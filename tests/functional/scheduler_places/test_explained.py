"""Users and operators ask why; operators ask first."""

import pytest

from nova.objects.flavor import Flavor
from tests.cloud import IMAGE, PROJECT, Cloud
from tests.functional.scheduler_places.test_stories import HOST, big_flavor, booted

ADMIN = f"admin:{PROJECT}"
UNLIMITED = {f"quota__{name}": -1 for name in ("instances", "cores", "ram")}


@pytest.fixture(scope="module")
def cloud():
    made = Cloud(hosts=("host1", "host2", "host3"), options=UNLIMITED).start()
    yield made
    made.stop()


def decisions(cloud, uuid, token=ADMIN):
    assert cloud.scheduler.endpoint.journal.settle(10)
    reply = cloud.request("GET", f"/servers/{uuid}/scheduling-decisions", token=token)
    assert reply.status == 200, reply.body
    assert reply.headers["X-Nova-Extension"] == "scheduling 1.0"
    return reply.body["scheduling_decisions"]


def query(cloud, token=ADMIN, **asked):
    return cloud.request("POST", "/scheduling-queries", {"scheduling_query": asked}, token=token)


def told(cloud, **asked):
    reply = query(cloud, **asked)
    assert reply.status == 200, reply.body
    return reply.body["scheduling_query"]


def body(name="asked", **fields):
    return {"server": {"name": name, "flavorRef": "1", "imageRef": IMAGE, "networks": "none"}
            | fields}


def test_operators_read_every_host_and_its_weights(cloud):
    server = booted(cloud, "server")
    [decision] = decisions(cloud, server["id"])
    assert (decision["result"], decision["host"]) == ("placed", server[HOST])
    assert {one["host"] for one in decision["hosts"]} == {"host1", "host2", "host3"}
    assert decision["hosts"][0]["host"] == server[HOST]
    assert decision["asked"] == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
    assert decision["request_id"].startswith("req-")


def test_users_read_a_sentence(cloud):
    server = booted(cloud, "too big", "ERROR", flavorRef=big_flavor(cloud))
    [decision] = decisions(cloud, server["id"], token=f"fake-user:{PROJECT}")
    assert decision["result"] == "refused"
    assert decision["reason"] == "There are not enough hosts available."
    assert set(decision) == {"at", "kind", "request_id", "result", "reason"}
    assert server["fault"]["message"].endswith(decision["reason"])
    [whole] = decisions(cloud, server["id"])
    assert [one["cause"] for one in whole["causes"] if one["emptied"]] == ["resource class VCPU"]
    assert {(one["check"], one["asked"], one["free"]) for one in whole["hosts"]} == {
        ("placement", 17, 16)}


def test_strangers_read_nothing(cloud):
    server = booted(cloud, "private")
    path = f"/servers/{server['id']}/scheduling-decisions"
    stranger = "other:22222222222222228222222222222222"
    assert cloud.request("GET", path, token=stranger).status == 404
    assert cloud.request("GET", "/servers/0/scheduling-decisions").status == 404


def test_the_answer_is_where_it_then_goes(cloud):
    for number in range(4):
        [place] = told(cloud, create=body())["placed"]
        assert booted(cloud, f"asked{number}")[HOST] == place["host"]


def test_the_answer_for_many_is_where_they_then_go(cloud):
    places = [one["host"] for one in told(cloud, create=body(), count=5)["placed"]]
    before = {one["id"] for one in listed(cloud)}
    cloud.boot("many", min_count=5, max_count=5)
    news = [one for one in listed(cloud) if one["id"] not in before]
    hosts = [cloud.wait(one["id"], "ACTIVE")[HOST] for one in news]
    assert sorted(hosts) == sorted(places)


def listed(cloud):
    return cloud.request("GET", "/servers", token=ADMIN).body["servers"]


def test_asking_changes_nothing(cloud):
    held, servers = dict(cloud.placement_state.consumers), listed(cloud)
    told(cloud, create=body(), count=3)
    told(cloud, how_many=body())
    told(cloud, without_hosts=["host1"])
    assert (cloud.placement_state.consumers, listed(cloud)) == (held, servers)


def test_why_it_would_go_nowhere(cloud):
    made_flavor(cloud, "huge", 10**6)
    answer = told(cloud, create=body(flavorRef="huge"))
    assert answer["placed"] == []
    assert answer["reason"] == "There are not enough hosts available."
    assert {one["reason"] for one in answer["hosts"]} == {"not enough MEMORY_MB in all"}
    server = booted(cloud, "huge", "ERROR", flavorRef="huge")
    assert server["fault"]["message"].endswith(answer["reason"])


def test_what_a_create_refuses_a_question_refuses(cloud):
    wrong = body(flavorRef="no such flavor")
    refused, asked = cloud.request("POST", "/servers", wrong), query(cloud, create=wrong)
    assert (asked.status, asked.body) == (refused.status, refused.body)
    assert query(cloud, create=body(), how_many=body()).status == 400
    assert query(cloud).status == 400
    assert query(cloud, create=body(min_count=2)).status == 400


@pytest.mark.parametrize("key", ["os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"])
def test_hints_stand_under_either_key_of_a_create(cloud, key):
    asked = body() | {key: {"group": "11111111-2222-4333-8444-555555555555"}}
    reply = query(cloud, create=asked)
    assert (reply.status, "could not be found" in str(reply.body)) == (400, True)
    assert cloud.request("POST", "/servers", asked).status == 400


def test_only_operators_ask(cloud):
    assert query(cloud, token=f"fake-user:{PROJECT}", create=body()).status == 403


def test_how_many_fit_and_who_would_be_left():
    cloud = Cloud(hosts=("host1", "host2"), options=UNLIMITED).start()
    try:
        # Each host has 32 GiB, of which half a one is its own.
        made_flavor(cloud, "eight", 8192)
        asked = body(flavorRef="eight")
        fit = told(cloud, how_many=asked)
        assert (fit["count"], fit["by_host"]) == (6, {"host1": 3, "host2": 3})
        assert fit["reason"] == "There are not enough hosts available."
        assert told(cloud, how_many=asked, most=5)["count"] == 5
        servers = [booted(cloud, f"s{number}", flavorRef="eight")["id"] for number in range(4)]
        assert told(cloud, how_many=asked)["count"] == 2
        left = told(cloud, without_hosts=["host1"])
        assert {one["host"] for one in left["placed"]} == {"host2"}
        assert (len(left["placed"]), len(left["left_over"])) == (1, 1)
        assert {one["server"] for one in left["left_over"]} <= set(servers)
    finally:
        cloud.stop()


def made_flavor(cloud, name, memory_mb):
    cloud.stores.api.flavors.create(Flavor(
        flavorid=name, name=name, memory_mb=memory_mb, vcpus=1, root_gb=1, ephemeral_gb=0,
        swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
        description=None, extra_specs={}))


def test_the_additions_describe_themselves(cloud):
    reply = cloud.request("GET", "/nova-additions", version=None)
    assert (reply.status, reply.headers["X-Nova-Extension"]) == (200, "scheduling 1.0")
    [addition] = reply.body["additions"]
    assert {"method": "POST", "path": "/scheduling-queries"} in addition["routes"]
