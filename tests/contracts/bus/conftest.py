"""Buses under test: the one inside a process always, RabbitMQ's when the environment names it.

NOVA_TEST_RABBIT_URL is the URL of a broker's default virtual host.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.rpc import oslo
from nova.rpc.contract import Bus, Serving
from nova.rpc.inprocess import InProcessBus

RABBIT = os.environ.get("NOVA_TEST_RABBIT_URL")
KINDS = ["in process", *(["rabbit"] if RABBIT else [])]

Serve = Callable[..., Serving]


def oslo_bus(url: str) -> oslo.OsloBus:
    """A connection that notices sooner than a patient process what has happened to it."""
    conf = new_config()
    oslo._register(conf)
    conf.set_override("kombu_reconnect_delay", 0.1, group="oslo_messaging_rabbit")
    with mock.patch.object(oslo, "WAKING", 0.1):
        return oslo.OsloBus(conf, url)


@dataclass
class Ends:
    """Who asks and who serves: two processes' connections, where there are connections."""

    asking: Bus
    serving: Bus


def _ends(kind: str) -> Ends:
    if kind == "in process":
        bus = InProcessBus(RealClock(), timeout=60.0)
        return Ends(bus, bus)
    return Ends(oslo_bus(RABBIT or ""), oslo_bus(RABBIT or ""))


@pytest.fixture(scope="module", params=KINDS)
def ends(request: pytest.FixtureRequest) -> Ends:
    return _ends(request.param)


@pytest.fixture
def bus(ends: Ends) -> Bus:
    return ends.asking


@pytest.fixture
def topic() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def serve(ends: Ends) -> Iterator[Serve]:
    """Serve an address until the module is over: stopping takes a second, so all stop at once."""
    serving: list[Serving] = []

    def start(*arguments: Any) -> Serving:
        made = ends.serving.serve(*arguments)
        serving.append(made)
        return made

    yield start
    with ThreadPoolExecutor(len(serving)) as pool:
        list(pool.map(lambda one: one.stop(), serving))
