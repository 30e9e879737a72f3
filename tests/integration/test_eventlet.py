"""A stack on each concurrency backend: it works, reports and ends.

Over RabbitMQ and MariaDB of its own, so that the client libraries of both are
met under eventlet, too.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.stack import audit, ground
from tools.stack.customer import Customer, at_rest
from tools.stack.ground import Ground

pytestmark = [
    pytest.mark.skipif(
        not (os.environ.get("NOVA_TEST_RABBIT_URL") and os.environ.get("NOVA_TEST_MYSQL_URL")),
        reason="needs RabbitMQ and MariaDB",
    ),
    pytest.mark.timeout(300),
]

PATIENCE = 60
AT_ONCE = 8
NOVA = ("nova-conductor", "nova-scheduler", "nova-api", "nova-compute-host1")


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def cloud(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    state = tmp_path_factory.mktemp(backend)
    for folder in state.parents[:2]:
        folder.chmod(0o755)
    extra = {"DEFAULT": {"concurrency_backend": backend, "report_interval": 2}}
    with ground.running(state, ("host1",), extra) as running:
        yield running


@pytest.fixture(scope="module")
def customer(cloud: Ground) -> Customer:
    return Customer.of(cloud.stack.places.state)


def statuses(servers: dict[str, dict[str, object]]) -> set[object]:
    return {one["status"] for one in servers.values()}


def all_become(customer: Customer, status: str) -> None:
    customer.until(
        lambda found: all(map(at_rest, found.values())) and statuses(found) == {status}, PATIENCE
    )


def all_do(customer: Customer, uuids: list[str], action: str) -> None:
    for uuid in uuids:
        customer.own["compute"].ask("POST", f"/servers/{uuid}/action", {action: None})


def test_servers_live_and_go(cloud: Ground, customer: Customer) -> None:
    uuids = [customer.boot(f"server-{number}") for number in range(AT_ONCE)]
    all_become(customer, "ACTIVE")
    all_do(customer, uuids, "pause")
    all_become(customer, "PAUSED")
    all_do(customer, uuids, "unpause")
    all_become(customer, "ACTIVE")
    for uuid in uuids:
        customer.delete(uuid)
    customer.until(lambda servers: not servers, PATIENCE)
    assert audit.wrongs(cloud.stack, customer) == []


def test_each_reports_on_a_signal(cloud: Ground, backend: str) -> None:
    for name in NOVA:
        daemon = cloud.stack.daemon(name)
        os.kill(_pid(cloud, name), signal.SIGUSR2)
        _wait_for(daemon.log, f"concurrency_backend = {backend}")


def test_each_ends_on_a_signal(cloud: Ground, customer: Customer) -> None:
    """Runs last, with servers that were just asked for: there is something to finish."""
    for number in range(AT_ONCE):
        customer.boot(f"late-{number}")
    for name in reversed(cloud.stack.names):
        pid = _pid(cloud, name)
        os.kill(pid, signal.SIGTERM)
        assert _exit_code(pid) == 0, cloud.stack.daemon(name).last_words()


def _pid(cloud: Ground, name: str) -> int:
    pid = cloud.stack.daemon(name).pid()
    assert pid is not None, f"{name} does not run"
    return pid


def _wait_for(log: Path, text: str) -> None:
    end = time.monotonic() + PATIENCE
    while text not in log.read_text(errors="replace"):
        assert time.monotonic() < end, f"{log} does not tell {text}"
        time.sleep(0.1)


def _exit_code(pid: int, seconds: float = 20) -> int | None:
    """None: it still runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    return None
