"""Asking an API in this process for pages of servers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import webob
from oslo_middleware.opts import list_opts_sizelimit
from oslo_policy import opts as policy_options
from prometheus_client import CollectorRegistry

from nova.api.app import build_app
from nova.api.identity.noauth import noauth2
from nova.api.routes import all_routes
from nova.clients.identity.memory import IdentityMemory, IdentityState
from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.network.servers import networking
from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.conf import new_config
from nova.core.clock import RealClock
from nova.db.api.store import SqlApiStore
from nova.db.cell.instance_rows import instances
from nova.db.cell.store import SqlCellStore
from nova.db.engine import Database
from nova.db.stores import SqlStores
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.flavor import Flavor
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.rpc.inprocess import InProcessBus
from nova.seams import ApiSeams

PROJECT = "6f70656e737461636b20342065766572"
CELL1_UUID = "11111111-1111-4111-8111-111111111111"
VERSION = "compute 2.96"
FLAVOR = {
    "flavorid": "bench", "name": "bench", "memory_mb": 512, "vcpus": 1, "root_gb": 1,
    "ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0, "vcpu_weight": None, "disabled": False,
    "is_public": True, "description": None, "extra_specs": {"hw:cpu_policy": "shared"},
}  # fmt: skip


class _Buses:
    def __init__(self, clock: RealClock) -> None:
        self.top = InProcessBus(clock, timeout=2)

    def cell(self, cell_uuid: str) -> InProcessBus:
        return self.top


class Api:
    """The API over databases that are there: {'api', 'cell0', 'cell': URL}."""

    project = PROJECT

    def __init__(self, urls: Mapping[str, sa.URL]) -> None:
        self.clock = RealClock()
        self.stores = self._stores(urls)
        self.cell: Database = self.stores.cell(CELL1_UUID).database
        self.flavor = self.stores.api.flavors.create(Flavor(**FLAVOR))
        conf = new_config()
        for group, found in (*list_opts_sizelimit(), *policy_options.list_opts()):
            conf.register_opts(found, group)
        conf([])
        self.app = build_app(
            conf, self._seams(conf), all_routes(), auth=noauth2, registry=CollectorRegistry()
        )

    def ask(self, path: str, who: str = "alice") -> tuple[float, float, Any]:
        """(milliseconds, those of them that this process was at work, body)"""
        request = webob.Request.blank(f"/v2.1{path}", base_url="http://compute.example.com")
        request.headers["X-Auth-Token"] = f"{who}:{PROJECT}"
        request.headers["OpenStack-API-Version"] = VERSION
        began, worked = time.perf_counter(), time.process_time()
        answer = request.get_response(self.app)
        text = answer.body
        spent, work = time.perf_counter() - began, time.process_time() - worked
        assert answer.status_int == 200, text[:500]
        return spent * 1000, work * 1000, answer.json

    def place(self, part: float) -> str:
        """The uuid of a server so far down the list: 0 is the newest, 1 the oldest."""
        query = sa.select(sa.func.count()).select_from(instances)
        count = self.cell.read(lambda c: c.execute(query).scalar_one())
        row = sa.select(instances.c.uuid).order_by(instances.c.id.desc())
        row = row.limit(1).offset(int((count - 1) * part))
        return str(self.cell.read(lambda c: c.execute(row).scalar_one()))

    def close(self) -> None:
        self.stores.close()

    def _stores(self, urls: Mapping[str, sa.URL]) -> SqlStores:
        shared = SqlApiStore(Database(urls["api"], self.clock))
        places = {CELL0_UUID: urls["cell0"], CELL1_UUID: urls["cell"]}
        for number, (uuid, url) in enumerate(places.items()):
            text = url.render_as_string(hide_password=False)
            shared.cells.create(CellMapping(uuid=uuid, name=f"cell{number}", disabled=False,
                                            transport_url="none:///", database_connection=text))

        def open_cell(mapping: CellMapping) -> SqlCellStore:
            return SqlCellStore(mapping.uuid, Database(places[mapping.uuid], self.clock))

        return SqlStores(shared, open_cell, self.clock)

    def _seams(self, conf: Any) -> ApiSeams:
        clock, buses = self.clock, _Buses(self.clock)
        return ApiSeams(
            conf=conf, clock=clock, stores=self.stores,
            network=networking(conf, clock, NetworkMemory(NetworkState(clock.lock))),
            image=ImageMemory(ImageState(clock)),
            identity=IdentityMemory(IdentityState(projects={PROJECT})),
            placement=PlacementMemory(PlacementState(clock.lock)),
            hosts=HostCalls(buses), conductor=ConductorCalls(buses),
            scheduler=SchedulerCalls(buses),
        )  # fmt: skip


@dataclass
class Pages:
    """Every kind of page, over a list of `count` servers."""

    api: Api
    count: int
    times: int

    def show(self) -> None:
        print(f"\n{self.count} servers of one project, ms")
        print(f"{'page':46}{'servers':>9}{'p50':>9}{'p99':>9}{'CPU':>9}")
        for title, path, who in self._kinds():
            self._row(title, path, who)

    def _kinds(self) -> list[tuple[str, str, str]]:
        deep = self.api.place(0.9)
        name = "/servers/detail?limit=100&sort_key=display_name&sort_dir=asc"
        return [
            ("first page", "/servers", "alice"),
            ("first page, details", "/servers/detail", "alice"),
            ("100", "/servers?limit=100", "alice"),
            ("100, details", "/servers/detail?limit=100", "alice"),
            ("100, details, deep", f"/servers/detail?limit=100&marker={deep}", "alice"),
            ("100, details, status=SHUTOFF", "/servers/detail?limit=100&status=SHUTOFF", "alice"),
            ("100, details, status=ERROR, deep",
             f"/servers/detail?limit=100&status=ERROR&marker={deep}", "alice"),
            ("100, details, name=77", "/servers/detail?limit=100&name=77", "alice"),
            ("100, details, by name", name, "alice"),
            ("100, details, by name, deep", f"{name}&marker={deep}", "alice"),
            ("100, details, by status",
             "/servers/detail?limit=100&sort_key=vm_state&sort_key=created_at", "alice"),
            ("100, details, tag", "/servers/detail?limit=100&tags=tag3", "alice"),
            ("100, details, one host", "/servers/detail?limit=100&host=host7&all_tenants=1",
             "admin"),
            ("100, details, all projects", "/servers/detail?limit=100&all_tenants=1", "admin"),
            ("100, details, all projects, deep",
             f"/servers/detail?limit=100&all_tenants=1&marker={deep}", "admin"),
            ("100, changes-since the last minute",
             "/servers/detail?limit=100&changes-since=2026-01-02T00:00:00Z", "alice"),
        ]  # fmt: skip

    def _row(self, title: str, path: str, who: str) -> None:
        _, _, body = self.api.ask(path, who)
        found = [self.api.ask(path, who)[:2] for _ in range(self.times)]
        taken, worked = (sorted(column) for column in zip(*found, strict=True))
        last = taken[min(self.times - 1, int(self.times * 0.99))]
        middle = self.times // 2
        print(f"{title:46}{len(body['servers']):>9}{taken[middle]:>9.1f}{last:>9.1f}"
              f"{worked[middle]:>9.1f}", flush=True)
