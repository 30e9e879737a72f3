"""What every bus keeps of its contract."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from nova.context import RequestContext, admin_context
from nova.errors import Refused, RemoteFailure, Unavailable
from nova.objects.registry import IncompatibleObject
from nova.objects.server import Fault, Instance
from nova.objects.store.errors import OperationLost
from nova.rpc.contract import Address, Bus, NoAnswer, UnknownMethod
from tests import records
from tests.contracts.bus.conftest import Serve
from tests.contracts.bus.endpoints import PATIENCE, Endpoint

CONTEXT = admin_context("req-of-the-test")
NOON = datetime(2031, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)


def fault() -> Fault:
    return Fault(instance_uuid=records.new_uuid(), code=500, message="It fell – over.",
                 details=None, host="host1", created_at=NOON)


def test_a_call_is_answered(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    values = {"number": 3, "text": "grün \u0000 \U0001f40d", "none": None, "yes": True,
              "list": [1, [2.5, {"deep": "down"}]], "empty": {}}
    assert bus.call(Address(topic), "echo", CONTEXT, values) == values


def test_the_context_travels(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    mine = RequestContext(user_id="user", project_id="project", roles=("member",),
                          request_id="req-7")
    bus.call(Address(topic), "echo", mine, {})
    (theirs,) = endpoint.contexts
    assert theirs.to_wire() == mine.to_wire()
    assert (theirs.user_id, theirs.project_id, theirs.request_id) == ("user", "project", "req-7")


def test_objects_and_times_travel_inside_containers(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    server = records.instance(launched_at=NOON, fault=fault())
    sent: dict[str, Any] = {
        "server": server,
        "many": [{"who": [server, None], "when": NOON}],
        "columns": {"launched_at": NOON, "vm_state": "active"},
    }
    answer = bus.call(Address(topic), "echo", CONTEXT, sent)
    assert isinstance(answer["server"], Instance)
    assert answer["server"].obj_to_primitive() == server.obj_to_primitive()
    assert answer["server"].launched_at == NOON and answer["server"].fault.created_at == NOON
    assert answer["many"][0]["who"][0].flavor.extra_specs == server.flavor.extra_specs
    assert answer["many"][0]["who"][1] is None and answer["many"][0]["when"] == NOON
    assert answer["columns"] == sent["columns"]


def test_a_time_keeps_its_zone(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    answer = bus.call(Address(topic), "echo", CONTEXT, {"when": there})
    assert answer["when"] == NOON and answer["when"].utcoffset() == timedelta(hours=5)


def test_nothing_is_shared_with_the_receiver(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    sent = {"list": [1]}
    bus.call(Address(topic), "tell", CONTEXT, {"value": sent})
    endpoint.told[0]["list"].append(2)
    assert sent == {"list": [1]}


def test_casts_arrive(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    for number in range(10):
        bus.cast(Address(topic), "tell", CONTEXT, {"value": number})
    assert sorted(endpoint.was_told(10)) == list(range(10))


def test_a_failing_cast_disturbs_nobody(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    bus.cast(Address(topic), "stumble", CONTEXT, {})
    bus.cast(Address(topic), "no_such_thing", CONTEXT, {})
    assert bus.call(Address(topic), "echo", CONTEXT, {"still": "here"}) == {"still": "here"}


def test_a_named_error_arrives_as_itself(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    with pytest.raises(OperationLost) as caught:
        bus.call(Address(topic), "lose", CONTEXT, {})
    assert type(caught.value) is OperationLost
    assert caught.value.gaps == {"operation_id": 7, "owner": "compute:host1:abc"}
    assert caught.value.message == OperationLost(**caught.value.gaps).message


def test_an_error_with_its_own_code_keeps_it(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    with pytest.raises(Refused) as caught:
        bus.call(Address(topic), "refuse", CONTEXT, {})
    assert (caught.value.code, caught.value.message) == (409, "Not {now}.")


def test_any_other_error_is_a_remote_failure(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    with pytest.raises(RemoteFailure) as caught:
        bus.call(Address(topic), "stumble", CONTEXT, {})
    assert caught.value.gaps == {"kind": "ZeroDivisionError", "reason": "by nought"}


@pytest.mark.parametrize("method", ["no_such_thing", "_hidden", "__init__", "not_a_method"])
def test_only_public_methods_are_served(
    bus: Bus, serve: Serve, topic: str, method: str
) -> None:
    serve(Address(topic), Endpoint())
    with pytest.raises(UnknownMethod) as caught:
        bus.call(Address(topic), method, CONTEXT, {})
    assert caught.value.gaps == {"method": method, "topic": topic}


def test_wrong_arguments_are_told_to_who_asked(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    with pytest.raises(RemoteFailure) as caught:
        bus.call(Address(topic), "who", CONTEXT, {"surplus": 1})
    assert caught.value.gaps["kind"] == "TypeError"


def test_an_object_of_an_unknown_version_is_refused(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    newer = {**fault().obj_to_primitive(), "nova_object.version": "9.0"}
    with pytest.raises(IncompatibleObject) as caught:
        bus.call(Address(topic), "echo", CONTEXT, {"one": newer})
    assert caught.value.gaps == {"name": "Fault", "version": "9.0", "supported": "1.0"}


def test_an_unknown_object_is_refused(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic), Endpoint())
    strange = {**fault().obj_to_primitive(), "nova_object.name": "Teapot"}
    with pytest.raises(IncompatibleObject, match=r"Teapot is not known here .supported: none"):
        bus.call(Address(topic), "echo", CONTEXT, {"one": strange})


def test_nobody_there_is_no_answer(bus: Bus, topic: str) -> None:
    begun = time.monotonic()
    with pytest.raises(NoAnswer, match=topic) as caught:
        bus.call(Address(topic), "echo", CONTEXT, {}, 0.3)
    assert isinstance(caught.value, Unavailable)
    assert 0.2 < time.monotonic() - begun < 5


def test_too_slow_is_no_answer(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    with pytest.raises(NoAnswer):
        bus.call(Address(topic), "dawdle", CONTEXT, {}, 0.3)
    assert endpoint.entered.wait(PATIENCE), "the work begins all the same"
    endpoint.may_go_on.set()
    assert bus.call(Address(topic), "echo", CONTEXT, {"next": 1}) == {"next": 1}


def test_a_server_is_reached_by_name(bus: Bus, serve: Serve, topic: str) -> None:
    for name in ("one", "two"):
        serve(Address(topic, name), Endpoint(name))
    for name in ("two", "one", "two"):
        assert bus.call(Address(topic, name), "who", CONTEXT, {}) == name


def test_servers_of_a_topic_share_its_work(bus: Bus, serve: Serve, topic: str) -> None:
    for name in ("one", "two"):
        serve(Address(topic, name), Endpoint(name))
    answers = [bus.call(Address(topic), "who", CONTEXT, {}) for _ in range(12)]
    assert set(answers) == {"one", "two"}


def test_each_message_goes_to_one_of_them(bus: Bus, serve: Serve, topic: str) -> None:
    one, two = Endpoint("one"), Endpoint("two")
    for endpoint in (one, two):
        serve(Address(topic, endpoint.name), endpoint)
    for number in range(12):
        bus.cast(Address(topic), "tell", CONTEXT, {"value": number})
    for _ in range(400):
        if len(one.told) + len(two.told) >= 12:
            break
        time.sleep(0.05)
    assert sorted(one.told + two.told) == list(range(12))


def test_topics_do_not_mix(bus: Bus, serve: Serve, topic: str) -> None:
    serve(Address(topic, "one"), Endpoint("mine"))
    serve(Address(f"{topic}-other", "one"), Endpoint("other"))
    assert bus.call(Address(topic, "one"), "who", CONTEXT, {}) == "mine"


def test_calls_do_not_wait_for_each_other(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serve(Address(topic), endpoint)
    answers: list[Any] = []
    slow = threading.Thread(
        target=lambda: answers.append(bus.call(Address(topic), "dawdle", CONTEXT, {}, PATIENCE))
    )
    slow.start()
    assert endpoint.entered.wait(PATIENCE)
    assert bus.call(Address(topic), "echo", CONTEXT, {"n": 1}, PATIENCE) == {"n": 1}
    endpoint.may_go_on.set()
    slow.join(PATIENCE)
    assert answers == ["done"]


def test_stopping_finishes_what_was_taken(bus: Bus, serve: Serve, topic: str) -> None:
    endpoint = Endpoint()
    serving = serve(Address(topic), endpoint)
    bus.cast(Address(topic), "dawdle", CONTEXT, {})
    assert endpoint.entered.wait(PATIENCE)
    stopping = threading.Thread(target=serving.stop)
    stopping.start()
    stopping.join(0.2)
    assert stopping.is_alive(), "it went without finishing"
    endpoint.may_go_on.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive() and endpoint.told == ["done"]


def test_one_that_stopped_is_not_asked_any_more(bus: Bus, serve: Serve, topic: str) -> None:
    leaving, staying = Endpoint("leaving"), Endpoint("staying")
    serving = serve(Address(topic, "leaving"), leaving)
    serve(Address(topic, "staying"), staying)
    serving.stop()
    answers = {bus.call(Address(topic), "who", CONTEXT, {}, PATIENCE) for _ in range(6)}
    assert answers == {"staying"}


def test_the_broker_answers(bus: Bus) -> None:
    bus.ping()
