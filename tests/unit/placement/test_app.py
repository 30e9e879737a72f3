"""What surrounds the routes: CORS, health, failures, policies."""

from pathlib import Path

import pytest

from nova.core.clock import RealClock
from nova.placement import policies
from nova.placement.api.app import build_app
from nova.placement.api.routes import ROUTES
from nova.placement.db import sync
from nova.placement.db.engine import Database
from tests.api.placement.service import Client, test_config


@pytest.fixture
def database() -> Database:
    made = Database("sqlite://", clock=RealClock())
    sync.sync(made)
    return made


def test_cors(database: Database) -> None:
    conf = test_config()
    conf.set_override("allowed_origin", ["http://here"], "cors")
    client = Client(build_app(conf, database=database))
    asked = {"Origin": "http://here", "Access_Control_Request_Method": "GET"}
    answer = client.call("OPTIONS", "/resource_providers", **asked)
    assert answer.headers["Access-Control-Allow-Origin"] == "http://here"
    answer = client.call("GET", "/resource_providers", Origin="http://here")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://here"


def test_a_database_that_is_away(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/placement.db", clock=RealClock())
    client = Client(build_app(test_config(), database=database))
    answer = client.call("GET", "/resource_providers")
    assert answer.status_int == 503
    assert answer.json["errors"][0]["title"] == "Service Unavailable"
    assert client.call("GET", "/healthz").status_int == 503
    assert client.call("GET", "/").status_int == 200


class Broken(Database):
    def read(self, work):
        raise RuntimeError("nobody thought of this")


def test_a_failure_nobody_thought_of() -> None:
    client = Client(build_app(test_config(), database=Broken("sqlite://", clock=RealClock())))
    answer = client.call("GET", "/resource_classes")
    assert answer.status_int == 500
    assert answer.json["errors"][0]["detail"] == "Unexpected RuntimeError"


def test_every_rule_is_used_and_every_route_has_one() -> None:
    used = {endpoint.rule for route in ROUTES for endpoint in route.methods.values()}
    assert used == set(policies.names())
    assert len({rule.name for rule in policies.list_rules()}) == len(policies.list_rules())


def test_the_operator_changes_a_rule(database: Database, tmp_path: Path) -> None:
    rules = tmp_path / "policy.yaml"
    rules.write_text('"placement:traits:list": "role:reader"\n')
    conf = test_config()
    conf.set_override("policy_file", str(rules), "oslo_policy")
    client = Client(build_app(conf, database=database))
    assert client.call("GET", "/traits", token="u:p", X_Roles="reader").status_int == 200
    assert client.call("GET", "/traits", token="u:p", X_Roles="other").status_int == 403
