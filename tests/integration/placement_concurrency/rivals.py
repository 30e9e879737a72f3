"""What one of several processes does in the races of test_races."""

import random
import uuid
from multiprocessing.synchronize import Barrier

from nova.core.clock import RealClock
from nova.placement.api.app import build_app
from nova.placement.db.engine import Database
from tests.api.placement.service import Client, test_config

Tally = dict[int, int]


def client(url: str) -> Client:
    return client_of(Database(url, clock=RealClock()))


def client_of(database: Database) -> Client:
    return Client(build_app(test_config(), database=database))


def claim(url: str, barrier: Barrier, providers: list[str], tries: int, seed: int) -> Tally:
    """Claim one unit of two providers, again and again; how often each status came."""
    us, chance = client(url), random.Random(seed)
    us.ok("GET", "/allocation_candidates?resources=VCPU:1")
    barrier.wait(60)
    tally: Tally = {}
    for _ in range(tries):
        chosen = chance.sample(providers, 2)
        answer = us.call("PUT", f"/allocations/{uuid.uuid4()}", {
            "allocations": {one: {"resources": {"VCPU": 1, "MEMORY_MB": 10}} for one in chosen},
            "project_id": "p", "user_id": f"u{seed}", "consumer_generation": None,
            "consumer_type": "INSTANCE",
        })  # fmt: skip
        tally[answer.status_int] = tally.get(answer.status_int, 0) + 1
        assert answer.status_int in (204, 409), answer.text
    return tally


def change(url: str, barrier: Barrier, provider: str, generation: int, seed: int) -> int:
    """Write an inventory as the reader of `generation`."""
    us = client(url)
    us.ok("GET", "/resource_providers")
    barrier.wait(60)
    path = f"/resource_providers/{provider}/inventories/VCPU"
    body = {"resource_provider_generation": generation, "total": 100 + seed}
    return us.call("PUT", path, body).status_int


def create(url: str, barrier: Barrier, provider: str, consumer: str, seed: int) -> int:
    """Claim for a consumer that must be new."""
    us = client(url)
    us.ok("GET", "/resource_providers")
    barrier.wait(60)
    body = {
        "allocations": {provider: {"resources": {"VCPU": 1}}}, "project_id": "p",
        "user_id": f"u{seed}", "consumer_generation": None, "consumer_type": "INSTANCE",
    }  # fmt: skip
    return us.call("PUT", f"/allocations/{consumer}", body).status_int
