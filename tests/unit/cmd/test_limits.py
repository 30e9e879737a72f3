"""nova-manage limits: what the identity service keeps afterwards."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa

from nova.db.api.quotas import quotas
from nova.db.api.store import SqlApiStore
from nova.standalone.web.serving import listen
from tests import records

Manage = Callable[..., tuple[int, list[str]]]
MIGRATE = ("limits", "migrate_to_unified_limits")


class Limits:
    """The part of an identity service that keeps limits; `secretive`: it shows those of
    projects only to who says who he is."""

    def __init__(self) -> None:
        self.kept: dict[str, list[dict[str, object]]] = {"registered_limits": [], "limits": []}
        self.refuse: str | None = None
        self.secretive = False
        self.listener = listen("limits", self._answer, "127.0.0.1", 0, 4)

    def of(self, kind: str, value: str, **wanted: str) -> dict[object, object]:
        return {each["resource_name"]: each[value] for each in self.kept[kind]
                if wanted.items() <= each.items()}

    def _answer(self, environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        kind = str(environ["PATH_INFO"]).removeprefix("/v3/")
        query = dict(parse_qsl(str(environ["QUERY_STRING"])))
        if self.refuse:
            start(self.refuse, [("Content-Type", "application/json")])
            return [b'{"error": {"message": "go away"}}']
        told = self._told(environ, kind, query)
        status = "200 OK" if told else "409 Conflict"
        start(status, [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    def _told(self, environ: dict[str, object], kind: str, query: dict[str, str]) -> object:
        if kind == "services":
            return {"services": [{"id": "compute-id"}] if query["type"] == "compute" else []}
        if kind.startswith("endpoints/"):
            return {"endpoint": {"service_id": "compute-id", "region_id": "RegionTwo"}}
        if environ["REQUEST_METHOD"] == "POST":
            length = int(str(environ["CONTENT_LENGTH"]))
            added = json.loads(environ["wsgi.input"].read(length))[kind]  # type: ignore[attr-defined]
            if kind == "limits":
                registered = {each["resource_name"] for each in self.kept["registered_limits"]}
                assert {each["resource_name"] for each in added} <= registered
            if any(self._same(each) in map(self._same, self.kept[kind]) for each in added):
                return None
            self.kept[kind] += added
        if kind == "limits" and self.secretive and "HTTP_AUTHORIZATION" not in environ:
            return {kind: []}
        return {kind: [each for each in self.kept[kind] if query.items() <= each.items()]}

    @staticmethod
    def _same(limit: dict[str, object]) -> tuple[object, ...]:
        return tuple(limit.get(name) for name in ("region_id", "project_id", "resource_name"))


@pytest.fixture
def identity(folder: Path) -> Iterator[Limits]:
    made = Limits()
    conf = folder / "nova.conf"
    conf.write_text(
        conf.read_text() + "[quota]\ncores = 33\n[keystone]\nauth_type = none\n"
        f"endpoint_override = http://127.0.0.1:{made.listener.port}\n"
    )
    yield made
    made.listener.stop()


@pytest.fixture
def filled(api: SqlApiStore) -> None:
    rows = [{"project_id": project, "resource": "instances", "hard_limit": limit}
            for project, limit in (("p1", 3), ("p2", 4))]  # fmt: skip
    api.database.write(lambda connection: connection.execute(sa.insert(quotas), rows))


def test_limits_are_registered_and_set(
    manage: Manage, identity: Limits, filled: None, api: SqlApiStore
) -> None:
    code, lines = manage(*MIGRATE, "--dry-run", "--verbose")
    assert code == 0 and lines[0] == "[dry-run] Registered limits to create:"
    assert identity.kept == {"registered_limits": [], "limits": []}
    assert manage(*MIGRATE, "--project-id", "p1", "--region-id", "RegionOne")[0] == 0
    registered = identity.of("registered_limits", "default_limit", region_id="RegionOne")
    assert registered["class:VCPU"] == 33 and registered["servers"] == 10
    assert len(registered) == 10
    assert identity.of("limits", "resource_limit", project_id="p1") == {"servers": 3}
    assert identity.of("limits", "resource_limit", project_id="p2") == {}
    assert manage(*MIGRATE, "--region-id", "RegionOne", "--quiet") == (0, [])
    assert identity.of("limits", "resource_limit", project_id="p2") == {"servers": 4}
    before = json.dumps(identity.kept)
    assert manage(*MIGRATE, "--region-id", "RegionOne") == (0, [])
    assert json.dumps(identity.kept) == before, "what is there is left alone"


def test_classes_without_a_limit_are_told(
    manage: Manage, identity: Limits, api: SqlApiStore
) -> None:
    api.flavors.create(records.flavor(extra_specs={"resources:CUSTOM_GPU": "1"}))
    code, lines = manage(*MIGRATE)
    shown = "\n".join(lines)
    assert code == 3 and "class:CUSTOM_GPU" in shown and "class:DISK_GB" in shown
    assert "class:VCPU" in identity.of("registered_limits", "default_limit")
    assert manage(*MIGRATE, "--no-embedded-flavor-scan", "--quiet") == (3, [])


def test_an_identity_service_that_refuses(
    manage: Manage, identity: Limits, api: SqlApiStore
) -> None:
    identity.refuse = "403 Forbidden"
    code, lines = manage(*MIGRATE)
    assert code == 1 and lines[0].endswith("go away")
    identity.refuse = "500 Oops"
    assert manage(*MIGRATE)[0] == 2


def test_the_endpoint_may_be_named(
    manage: Manage, identity: Limits, api: SqlApiStore, folder: Path
) -> None:
    conf = folder / "nova.conf"
    more = "[oslo_limit]\nauth_url = http://one\nendpoint_id = the-endpoint\n"
    conf.write_text(conf.read_text() + more)
    manage(*MIGRATE)
    assert identity.of("registered_limits", "default_limit", region_id="RegionTwo")


def test_limits_of_projects_that_are_not_shown(
    manage: Manage, identity: Limits, filled: None, folder: Path
) -> None:
    """A token of one project sees no limits of others: what is set already stays."""
    assert manage(*MIGRATE, "--region-id", "RegionOne", "--project-id", "p1")[0] == 0
    identity.secretive = True
    code, lines = manage(*MIGRATE, "--region-id", "RegionOne")
    assert code == 0 and any("p1" in line for line in lines), "it could not be known"
    assert identity.of("limits", "resource_limit", project_id="p1") == {"servers": 3}
    assert identity.of("limits", "resource_limit", project_id="p2") == {"servers": 4}
    conf = folder / "nova.conf"
    more = "[oslo_limit]\nauth_type = http_basic\nusername = reader\npassword = secret\n"
    more += f"endpoint = http://127.0.0.1:{identity.listener.port}\n"
    conf.write_text(conf.read_text() + more)
    assert manage(*MIGRATE, "--region-id", "RegionOne") == (0, [])
