"""Every route as everybody: who is let in, by the contract's table of policies.

Each route is asked as each role, from the project that owns the thing, from another
one, and with a token of the whole system.  A request goes as far as its policies: when
all that always hold have said yes it is stopped, so that nothing changes and one world
serves for all.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import webob

from nova.api.app import build_app
from nova.api.policies import PolicyEnforcer, list_rules
from nova.api.routes import all_routes
from nova.api.rules import Rules
from nova.core.call import Route
from nova.core.clock import RealClock
from nova.errors import NovaError
from nova.microversions import ALL
from tests.api.contract import facts
from tests.api.minimal import minimal
from tests.api.personas import HEADER, OWN_RULES, PERSONAS, USER, Persona, as_persona, may
from tests.api.servers import add_server
from tests.api.world import PROJECT, World

LET_IN = 418
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFwqkyjG5hWQ4oCxqOSPJA/mfwrOp1sR81CFKp0cgDm"
# Routes below these show nothing of what belongs to others.
HIDDEN = ("/servers/{", "/os-volumes_boot/{")
# Rules whose target is what the path names; of all others it is the caller.
OWNED = (*HIDDEN, "/os-server-groups/{")
OF_PROJECT = ("/os-quota-sets/{", "/os-simple-tenant-usage/{")


class LetIn(NovaError):
    template = "let in"
    code = LET_IN


@dataclass
class Watch:
    """What policies were asked in a request, and answered; `enough` are those that suffice
    to stop it."""

    enough: frozenset[str] = frozenset()
    every: bool = True
    asked: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)

    def begin(self, enough: frozenset[str], every: bool) -> None:
        self.enough, self.every, self.asked = enough, every, []

    def note(self, rule: str, target: dict[str, Any], allowed: bool) -> None:
        self.asked.append((rule, target, allowed))
        granted = {name for name, _, yes in self.asked if yes} & self.enough
        if granted and allowed and (granted == self.enough or not self.every):
            raise LetIn


@dataclass(frozen=True)
class House:
    app: Any
    watch: Watch
    places: dict[str, str]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    world, watch = World(), Watch()
    places = _furnish(world)
    decide = Rules.decide

    def watched(self: Rules, rule: str, target: dict[str, Any], caller: dict[str, Any]) -> bool:
        allowed = decide(self, rule, target, caller)
        watch.note(rule, target, allowed)
        return allowed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rules, "decide", watched)
        yield House(build_app(world.conf, world.seams, all_routes(), auth=as_persona), watch,
                    places)


def _furnish(world: World) -> dict[str, str]:
    """What paths name, by the beginning of the path."""
    world.add_host("host1")
    server = add_server(world, "one", user_id=USER)
    group = world.ask("POST", "/os-server-groups", json={
        "server_group": {"name": "g", "policies": ["affinity"]},
    }).json["server_group"]["id"]
    world.ask("POST", "/os-keypairs", json={"keypair": {"name": "k", "public_key": KEY}})
    flavor = {"flavor": {"id": "1", "name": "f", "ram": 1, "vcpus": 1, "disk": 1}}
    assert world.ask("POST", "/flavors", who="admin", json=flavor).status_int == 200
    return {
        "/servers": server, "/os-volumes_boot": server, "/os-server-groups": group,
        "/os-keypairs": "k", "/flavors": "1", **{path[:-2]: PROJECT for path in OF_PROJECT},
    }  # fmt: skip


def _row(
    method: str, path: str, *, always: str = "", telling: str = ""
) -> tuple[facts.Key, list[facts.Row]]:
    """Of one of this project's own routes."""
    rules, told = (frozenset(f"os_compute_api:{name}" for name in names.split())
                   for names in (always, telling))
    key = (method, path, None)
    return key, [facts.Row(key, "ok", ALL[0], ALL[-1], rules, told, frozenset(), frozenset(), told)]


ROWS: Mapping[facts.Key, list[facts.Row]] = facts.rows() | dict([
    _row("GET", "/nova-additions", always="nova-additions:index"),
    _row("GET", "/servers/{id}/scheduling-decisions", always="os-scheduling:decisions",
         telling="os-scheduling:decisions:hosts"),
    _row("POST", "/scheduling-queries", always="os-scheduling:queries"),
])  # fmt: skip
ROUTES = {(route.method, route.path, route.action): route for route in all_routes()}


def _is_guarded(row: facts.Row) -> bool:
    return bool(row.rules or row.may_rules - row.telling)


def _newest(*, guarded: bool) -> dict[facts.Key, tuple[Route, facts.Row]]:
    """Each route once, at its newest version, with its row of the table."""
    seen: dict[facts.Key, tuple[Route, facts.Row]] = {}
    for route in all_routes():
        key = (route.method, route.path, route.action)
        for row in ROWS.get(key, ()):
            if _is_guarded(row) == guarded and route.exists(row.until):
                seen[key] = (route, row)
    return seen


def _cases(*, guarded: bool) -> Iterator[Any]:
    for key, (route, row) in _newest(guarded=guarded).items():
        yield pytest.param(route, row, id=" ".join(part for part in key if part))


def _path(route: Route, places: dict[str, str]) -> str:
    known = next((value for start, value in places.items()
                  if route.path.startswith((f"{start}/", f"{start}{{"))), "1")  # fmt: skip
    first, *rest = route.path.split("/{")
    parts = [first]
    for number, part in enumerate(rest):
        name, _, tail = part.partition("}")
        parts.append(f"/{known if number == 0 else '1'}{tail}")
        assert name
    return "".join(parts)


def _asked(house: House, route: Route, row: facts.Row, persona: Persona) -> webob.Response:
    request = webob.Request.blank(f"/v2.1{_path(route, house.places)}", method=route.method)
    request.environ[HEADER] = persona.name
    version = min(row.until, ALL[-1])
    request.headers["OpenStack-API-Version"] = f"compute {version}"
    if route.body is not None:
        request.body = json.dumps(minimal(route.body.schema(version))).encode()
        request.content_type = "application/json"
    always = row.rules
    house.watch.begin(always or row.may_rules - row.telling, every=bool(always))
    answer = request.get_response(house.app)
    house.watch.enough = frozenset()
    return answer


def _target(route: Route, persona: Persona) -> dict[str, Any]:
    """Whose thing it is."""
    if route.path.startswith((*OWNED, *OF_PROJECT)):
        return {"project_id": PROJECT, "user_id": USER}
    return {"project_id": persona.project, "user_id": persona.user}


@pytest.mark.parametrize(("route", "row"), _cases(guarded=True))
def test_who_is_let_in(house: House, route: Route, row: facts.Row) -> None:
    for persona in PERSONAS.values():
        target = _target(route, persona)
        answer = _asked(house, route, row, persona)
        # Which rules hold sometimes only the request itself can tell.
        asked = {rule for rule, _, _ in house.watch.asked} & row.may_rules - row.telling
        verdicts = {rule: may(persona, rule, target) for rule in row.rules or asked}
        allowed = all(verdicts.values())
        told = f"{persona.name}: {answer.status} {answer.text} {house.watch.asked}"
        stranger = not persona.credentials["is_admin"] and persona.project != PROJECT
        if route.path.startswith(HIDDEN) and stranger:
            assert answer.status_int == 404, told
        elif allowed:
            assert verdicts
            assert answer.status_int == LET_IN, told
        else:
            assert answer.status_int == 403, told
            (fault,) = answer.json.values()
            refused = {rule for rule, yes in verdicts.items() if not yes}
            assert fault["message"] in {
                f"Policy doesn't allow {rule} to be performed." for rule in refused
            }, told


@pytest.mark.parametrize(("route", "row"), _cases(guarded=False))
def test_what_nobody_is_kept_from(house: House, route: Route, row: facts.Row) -> None:
    for persona in PERSONAS.values():
        answer = _asked(house, route, row, persona)
        refused = {rule for rule, _, yes in house.watch.asked if not yes}
        refused &= {*RULES, *OWN_RULES} - row.telling
        assert answer.status_int not in (401, 403) and not refused, (persona.name, answer.text)


def test_every_route_is_asked() -> None:
    """A route that the tables say nothing of is in neither test."""
    asked = _newest(guarded=True).keys() | _newest(guarded=False).keys()
    assert asked == ROUTES.keys()


RULES = sorted(
    rule for rule, row in facts.policies().items() if row["scope_types"]
)  # fmt: skip
DECLARED = {each.name for each in list_rules()}


@pytest.fixture(scope="module")
def enforcer() -> PolicyEnforcer:
    return PolicyEnforcer(World().conf, all_routes(), RealClock().monotonic)


@pytest.mark.parametrize("rule", [*RULES, *OWN_RULES])
def test_each_rule(enforcer: PolicyEnforcer, rule: str) -> None:
    for persona in PERSONAS.values():
        for target in (
            {"project_id": PROJECT, "user_id": USER},
            {"project_id": persona.project, "user_id": persona.user},
            {"project_id": "somebody's", "user_id": "somebody"},
        ):
            decided = enforcer._rules.decide(rule, target, _told(persona))
            assert decided == may(persona, rule, target), (persona.name, target)


def _told(persona: Persona) -> dict[str, Any]:
    scope = "all" if persona.project is None else None
    return {**persona.credentials, "system_scope": scope, "domain_id": None}


def test_rules_are_those_of_the_tables() -> None:
    assert facts.policies().keys() | OWN_RULES.keys() == DECLARED


def test_each_rule_is_asked_by_a_route() -> None:
    asked = {rule for rows in ROWS.values() for row in rows for rule in row.rules | row.may_rules}
    assert asked == {*RULES, *OWN_RULES}
