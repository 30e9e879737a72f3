"""One placement service inside the test process, for the YAML cases."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import webob
from gabbi import fixture
from oslo_config import cfg

from nova.core.clock import RealClock
from nova.placement.api.app import build_app
from nova.placement.api.auth import Wsgi
from nova.placement.conf import new_config, read
from nova.placement.db import sync
from nova.placement.db.engine import Database
from tests.databases import fresh_database


def test_config(**placement: Any) -> cfg.ConfigOpts:
    conf = new_config()
    read(conf, [], [])
    conf.set_override("auth_strategy", "noauth2", "api")
    for name, value in placement.items():
        conf.set_override(name, value, "placement")
    return conf


test_config.__test__ = False  # type: ignore[attr-defined]


def open_database(stack: ExitStack, kind: str, folder: Path) -> Database:
    """An empty placement database of `kind`, gone when `stack` closes."""
    if kind == "sqlite":
        database = Database("sqlite://", clock=RealClock())
    else:
        url = stack.enter_context(fresh_database(kind, folder))
        text = url.render_as_string(hide_password=False)
        database = Database(text, clock=RealClock())
    stack.callback(database.dispose)
    sync.sync(database)
    return database


class Client:
    """Calls a WSGI application as an administrator."""

    def __init__(self, app: Wsgi, version: str = "1.39") -> None:
        self._app = app
        self._version = version

    def call(
        self, method: str, path: str, body: Any = None, *, version: str | None = None,
        token: str = "admin", **headers: str,
    ) -> webob.Response:  # fmt: skip
        request = webob.Request.blank(path, method=method)
        request.headers["X-Auth-Token"] = token
        request.headers["OpenStack-API-Version"] = f"placement {version or self._version}"
        request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None:
            request.body = json.dumps(body).encode()
            request.content_type = "application/json"
        return request.get_response(self._app)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The decoded answer of a call that must succeed."""
        answer = self.call(method, path, body, **more)
        assert answer.status_int < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json if answer.body else None

    def provider(
        self,
        uuid: str,
        name: str,
        *,
        parent: str | None = None,
        inventories: dict[str, Any] | None = None,
        traits: tuple[str, ...] = (),
        aggregates: tuple[str, ...] = (),
    ) -> None:
        """A whole provider; `inventories` are {class: total or record}."""
        self.ok("POST", "/resource_providers",
                {"uuid": uuid, "name": name, "parent_provider_uuid": parent})  # fmt: skip
        path, generation = f"/resource_providers/{uuid}", 0
        if inventories:
            records = {
                key: value if isinstance(value, dict) else {"total": value}
                for key, value in inventories.items()
            }
            body: dict[str, Any] = {"inventories": records}
            generation = self._put(f"{path}/inventories", generation, body)
        for trait in traits:
            if trait.startswith("CUSTOM_"):
                self.ok("PUT", f"/traits/{trait}")
        if traits:
            generation = self._put(f"{path}/traits", generation, {"traits": list(traits)})
        if aggregates:
            self._put(f"{path}/aggregates", generation, {"aggregates": list(aggregates)})

    def _put(self, path: str, generation: int, body: dict[str, Any]) -> int:
        answer = self.ok("PUT", path, {"resource_provider_generation": generation, **body})
        return int(answer["resource_provider_generation"])


class Current:
    """The application the YAML file under test talks to."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._stack = ExitStack()
        self.database = open_database(self._stack, kind, folder)
        self.app = build_app(test_config(), database=self.database)

    def close(self) -> None:
        self._stack.close()


def uuid(number: int) -> str:
    """Readable uuids: 7 becomes 00000000-0000-4000-8000-000000000007."""
    return f"00000000-0000-4000-8000-{number:012d}"


class Plain(fixture.GabbiFixture):
    """Nothing but an empty service: what every file has anyway."""


def fill_cloud(client: Client) -> None:
    """Two hosts with devices, a lone host, and storage that the first two share.

    1 host (11, 12 NICs below)   2 host (21 NIC below)   3 lone host   9 shared storage
    """
    pool, row = uuid(901), uuid(902)
    nic = {"SRIOV_NET_VF": 2}
    compute = {"VCPU": 8, "MEMORY_MB": 4096}
    client.provider(uuid(1), "one", inventories=compute, aggregates=(pool, row),
                    traits=("HW_CPU_X86_AVX2", "CUSTOM_GOLD"))  # fmt: skip
    client.provider(uuid(11), "one-nic0", parent=uuid(1), inventories=nic,
                    traits=("CUSTOM_PHYSNET_A",))  # fmt: skip
    client.provider(uuid(12), "one-nic1", parent=uuid(1), inventories=nic,
                    traits=("CUSTOM_PHYSNET_B",))  # fmt: skip
    client.provider(uuid(2), "two", inventories=compute, aggregates=(pool,),
                    traits=("HW_CPU_X86_AVX2",))  # fmt: skip
    client.provider(uuid(21), "two-nic0", parent=uuid(2), inventories=nic,
                    traits=("CUSTOM_PHYSNET_A",))  # fmt: skip
    client.provider(uuid(3), "three", inventories={**compute, "DISK_GB": 100})
    client.provider(uuid(9), "storage", inventories={"DISK_GB": {"total": 1000, "step_size": 10}},
                    aggregates=(pool,), traits=("MISC_SHARES_VIA_AGGREGATE",))  # fmt: skip
