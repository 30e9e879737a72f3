"""Declarations of policies."""

import pytest

from nova.core.policy import ADMIN, PERSONAS, Operation, Policy


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("os-flavor-manage:create", "os_compute_api:os-flavor-manage:create"),
        ("compute:aggregates:images", "compute:aggregates:images"),
        ("network:attach_external_network", "network:attach_external_network"),
    ],
)
def test_rule(name: str, rule: str) -> None:
    assert Policy(name, ADMIN, "x").rule == rule


def test_what_oslo_registers() -> None:
    policy = Policy("limits", ADMIN, "purpose", deprecated=("old", "rule:admin_api"))
    default = policy.default_for((Operation("GET", "/limits"),))
    assert default.name == "os_compute_api:limits"
    assert default.check_str == ADMIN
    assert default.scope_types == ["project"]
    assert default.operations == [{"method": "GET", "path": "/limits"}]
    assert default.deprecated_rule.name == "old"


def test_personas_refer_to_personas() -> None:
    names = {persona.name for persona in PERSONAS}
    for persona in PERSONAS:
        for word in persona.check.split():
            assert not word.startswith("rule:") or word.removeprefix("rule:") in names
