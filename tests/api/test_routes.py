"""Every route of the contract is there, at exactly its microversions, and no other is."""

import re
from functools import cache

import pytest
import webob

from nova import resources, servers
from nova.api.faults import GONE, NOT_FOUND
from nova.microversions import ALL, NEWEST, Microversion
from tests.api.contract import facts
from tests.api.test_contract import BY_KEY, named
from tests.api.world import PROJECT, World

REDIRECT = "redirect"
# Of an extension that is not there one is told nothing more.
GAPS = {"/extensions/{id}": "os-agents"}
LIVE = sorted((key for key, rows in facts.rows().items()
               if rows[0].status not in ("gone", REDIRECT)), key=str)  # fmt: skip
GONE_KEYS = sorted((key for key, rows in facts.rows().items() if rows[0].status == "gone"), key=str)


@cache
def world() -> World:
    return World()


def ask(key: facts.Key, version: Microversion, prefix: str = "") -> webob.Response:
    """With something in each gap of the address, and a body that says only what is to be done."""
    method, path, action = key
    body = {action: None} if action else ({} if method in ("POST", "PUT") else None)
    filled = prefix + re.sub(r"{\w+}", GAPS.get(path, "1"), path)
    return world().ask(method, filled, who="admin", version=str(version), json=body)


def edges(key: facts.Key) -> set[Microversion]:
    """Where it comes and goes, and the versions next to those."""
    ends = {row.since for row in facts.rows()[key]} | {row.until for row in facts.rows()[key]}
    near = {ALL.index(end) + step for end in ends for step in (-1, 0, 1)}
    return {ALL[at] for at in near if 0 <= at < len(ALL)}


def test_nothing_is_missing_and_nothing_is_more() -> None:
    additions = {(r.method, r.path, r.action) for r in (*resources.additions, *servers.additions)}
    assert set(LIVE) == set(BY_KEY)
    assert not additions & set(facts.rows())


@pytest.mark.parametrize("key", LIVE, ids=named)
def test_it_is_there_when_it_should_be(key: facts.Key) -> None:
    for version in sorted(edges(key)):
        answer = ask(key, version)
        there = any(row.covers(version) for row in facts.rows()[key])
        assert answer.status_int != 500, (version, answer.text)
        assert (NOT_FOUND in answer.text) == (not there), (version, answer.text)
        if not there:
            assert answer.status_int == 404
            assert answer.headers["OpenStack-API-Version"] == f"compute {version}"


@pytest.mark.parametrize("key", GONE_KEYS, ids=named)
def test_what_was_retired_says_so(key: facts.Key) -> None:
    for version in (ALL[0], Microversion(2, 36), NEWEST):
        for prefix in ("", f"/v2.1/{PROJECT}", "/v2"):
            answer = ask(key, version, prefix)
            assert answer.status_int == 410, answer.text
            assert answer.json["computeFault"]["message"] == GONE


@pytest.mark.parametrize("root", ["/v2.1", "/v2"])
def test_a_root_without_its_slash_leads_there(root: str) -> None:
    project = f"{root}/{PROJECT}"
    answer = world().ask("GET", project)
    assert answer.status_int == 302 and answer.headers["Location"].endswith(f"{project}/")
