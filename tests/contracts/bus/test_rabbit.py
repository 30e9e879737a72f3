"""What holds on RabbitMQ only: the queues an operator sees, and connections that break."""

import contextlib
import os
import time
from collections.abc import Iterator

import kombu
import pytest
from amqp.exceptions import NotFound, PreconditionFailed

from nova.context import admin_context
from nova.errors import RemoteFailure, Unavailable
from nova.rpc.contract import Address, Bus, Serving
from tests.contracts.bus.conftest import oslo_bus
from tests.contracts.bus.endpoints import PATIENCE, Endpoint
from tests.contracts.bus.proxy import Proxy

RABBIT = os.environ.get("NOVA_TEST_RABBIT_URL", "")
CONTEXT = admin_context("req-of-the-test")

pytestmark = pytest.mark.skipif(not RABBIT, reason="NOVA_TEST_RABBIT_URL names no broker")


@pytest.fixture(scope="module")
def broker() -> Iterator[kombu.Connection]:
    with kombu.Connection(RABBIT.replace("rabbit://", "amqp://")) as connection:
        yield connection


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(RABBIT)
    yield made
    made.close()


@pytest.fixture
def serving(proxy: Proxy, topic: str) -> Iterator[Serving]:
    made = oslo_bus(proxy.url).serve(Address(topic, "one"), Endpoint("one"))
    yield made
    made.stop()


def consumers(broker: kombu.Connection, queue: str) -> int:
    """How many listen, once somebody does."""
    for _ in range(200):
        with broker.channel() as channel:
            if found := channel.queue_declare(queue, passive=True).consumer_count:
                return int(found)
        time.sleep(0.05)
    return 0


def is_durable(broker: kombu.Connection, queue: str) -> bool:
    """The broker lets nobody redeclare a queue that is different."""
    with broker.channel() as channel:
        try:
            channel.queue_declare(queue, durable=False, auto_delete=False)
        except PreconditionFailed:
            return True
    return False


def test_queues_are_named_after_topic_and_server(broker: kombu.Connection, topic: str) -> None:
    served = oslo_bus(RABBIT).serve(Address(topic, "host1"), Endpoint())
    try:
        for queue in (topic, f"{topic}.host1"):
            assert consumers(broker, queue) == 1
            assert not is_durable(broker, queue)
    finally:
        served.stop()


def test_a_topic_without_server_is_any_ones(broker: kombu.Connection, topic: str) -> None:
    served = oslo_bus(RABBIT).serve(Address(topic), Endpoint())
    try:
        assert consumers(broker, f"{topic}.any") == 1
    finally:
        served.stop()


def test_asking_makes_no_queue_for_who_is_not_there(
    broker: kombu.Connection, topic: str
) -> None:
    bus = oslo_bus(RABBIT)
    bus.cast(Address(topic, "nobody"), "tell", CONTEXT, {"value": 1})
    with broker.channel() as channel, pytest.raises(NotFound):
        channel.queue_declare(f"{topic}.nobody", passive=True)


def test_messages_wait_for_a_server_that_is_restarting(topic: str) -> None:
    """Its queue outlives it, so that what is told meanwhile is not lost."""
    bus, address = oslo_bus(RABBIT), Address(topic, "one")
    bus.serve(address, Endpoint()).stop()
    bus.cast(address, "tell", CONTEXT, {"value": "meanwhile"})
    again = Endpoint()
    served = bus.serve(address, again)
    try:
        assert again.was_told(1) == ["meanwhile"]
    finally:
        served.stop()


def answers(bus: Bus, topic: str) -> str:
    """The answer once the connections are up again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return str(bus.call(Address(topic), "who", CONTEXT, {}, 2.0))
        except Unavailable:
            if time.monotonic() > end:
                raise


def test_a_server_is_found_again_after_its_connection_broke(
    proxy: Proxy, serving: Serving, topic: str
) -> None:
    asking = oslo_bus(RABBIT)
    assert answers(asking, topic) == "one"
    assert proxy.cut() > 0
    assert answers(asking, topic) == "one"


def test_a_client_goes_on_after_its_connection_broke(
    proxy: Proxy, serving: Serving, topic: str
) -> None:
    asking = oslo_bus(proxy.url)
    assert answers(asking, topic) == "one"
    for _ in range(2):
        assert proxy.cut() >= 2
        assert answers(asking, topic) == "one"


def test_a_broker_that_is_away_is_unavailable_soon(
    proxy: Proxy, serving: Serving, topic: str
) -> None:
    asking = oslo_bus(proxy.url)
    assert answers(asking, topic) == "one"
    proxy.refuse()
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        asking.cast(Address(topic), "tell", CONTEXT, {"value": 1})
    with pytest.raises(Unavailable):
        asking.ping()
    assert time.monotonic() - begun < PATIENCE
    proxy.admit()
    assert answers(asking, topic) == "one"
    with contextlib.suppress(Unavailable):
        asking.ping()
    asking.ping()


def test_a_refusal_of_the_library_is_no_matter_of_the_broker(topic: str) -> None:
    """A server that speaks another envelope must not look like a broker that is away."""
    bus = oslo_bus(RABBIT)
    served = bus.serve(Address(topic), Endpoint())
    try:
        client = bus._client(Address(topic)).prepare(version="7.0")
        bus._clients[Address(topic)] = client
        with pytest.raises(RemoteFailure, match="UnsupportedVersion"):
            bus.call(Address(topic), "echo", CONTEXT, {}, 5.0)
    finally:
        served.stop()
