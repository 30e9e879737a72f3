"""What is decided often is decided fast, and never otherwise than the rules say."""

import pytest
from oslo_policy import policy as oslo

from nova.api.rules import LOOK_EVERY, Rules
from nova.conf import new_config

CALLER = {"user_id": "u", "project_id": "p", "roles": ("member",)}


class Watch:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "policy.yaml"


@pytest.fixture
def rules(watch, file):
    conf = new_config()
    conf([], default_config_files=[])
    made = Rules(conf, watch)
    made.policy_file = str(file)
    made.register_defaults([
        oslo.RuleDefault("own", "role:member and project_id:%(project_id)s"),
        oslo.RuleDefault("generic", "roles:member"),
    ])
    return made


def test_a_decision_is_asked_for_once(rules, monkeypatch):
    assert rules.decide("own", {"project_id": "p"}, CALLER)
    monkeypatch.setattr(rules, "authorize", None)
    assert rules.decide("own", {"project_id": "p"}, CALLER)


@pytest.mark.parametrize(("rule", "target", "caller", "may"), [
    ("own", {"project_id": "q"}, CALLER, False),
    ("own", {"project_id": "p"}, {**CALLER, "roles": ("reader",)}, False),
    ("own", {"project_id": "p", "tags": []}, CALLER, True),
    ("generic", {}, CALLER, True),
])  # fmt: skip
def test_another_question_is_another_decision(rules, rule, target, caller, may):
    rules.decide("own", {"project_id": "p"}, CALLER)
    assert rules.decide(rule, target, caller) is may


def test_a_changed_file_is_heeded_soon(rules, watch, file):
    assert rules.decide("own", {"project_id": "p"}, CALLER)
    file.write_text('own: "!"\n')
    watch.seconds += LOOK_EVERY
    assert not rules.decide("own", {"project_id": "p"}, CALLER)


def test_what_others_decide_is_asked_each_time(rules, watch, file, monkeypatch):
    file.write_text('own: "http://127.0.0.1:1/"\n')
    rules.load_rules()
    answers = iter([True, False])
    monkeypatch.setattr(rules, "authorize", lambda *_: next(answers))
    assert rules.decide("own", {}, CALLER)
    assert not rules.decide("own", {}, CALLER)
