"""The order of the measurements."""

import argparse
import tempfile
from pathlib import Path

from tools.bench.cloud_parts import counting, filling, latency, servers
from tools.bench.cloud_parts.table import Table
from tools.stack import ground, usage
from tools.stack.customer import Customer
from tools.stack.ground import Ground

HOSTS = tuple(f"host{number}" for number in range(1, 6))
# Enough that every thread, connection and compiled statement there will be is there.
WARM_UP = 24


def main(arguments: list[str], usage_text: str) -> int:
    asked = _asked(arguments, usage_text)
    with tempfile.TemporaryDirectory(prefix="nova-bench-") as made:
        state = Path(asked.state_dir or made)
        state.mkdir(parents=True, exist_ok=True)
        with ground.running(state, HOSTS, together=False) as running:
            _measure(running, asked.servers, asked.listed)
    counting.table().show()
    return 0


def _measure(running: Ground, count: int, listed: int) -> None:
    stack = running.stack
    started = Table("Start", ("process", "seconds to ready", "CPU seconds", "PSS MB"))
    memory, cpu = usage.memory(stack), usage.cpu(stack)
    for name in stack.names:
        started.row(name, stack.ready_after[name], cpu[name], memory[name])
    started.show()
    customer = Customer.of(stack.places.state)
    servers.round_trip(running, customer, WARM_UP)
    servers.table(running, customer, count).show()
    after = Table("Memory after that", ("process", "PSS MB"))
    for name, megabytes in usage.memory(stack).items():
        after.row(name, megabytes)
    after.show()
    filling.fill(running, customer, listed)
    latency.table(running, customer, listed).show()


def _asked(arguments: list[str], usage_text: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=usage_text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--servers", type=int, default=100, help="to create and delete")
    parser.add_argument("--listed", type=int, default=1000, help="servers in the list")
    parser.add_argument("--state-dir", help="keep logs and data here")
    return parser.parse_args(arguments)
