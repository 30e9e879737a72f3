"""nova-manage scheduler explain."""

from datetime import UTC, datetime

from nova.objects.decisions import Decision, Findings, Ranked, Refused

SERVER = "5e4f0000-0000-4000-8000-000000000001"
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_nothing_is_kept(manage, ready):
    assert manage("scheduler", "explain", SERVER) == (
        2, [f"Nothing is kept about decisions for server {SERVER}."])


def test_hosts_and_reasons_are_told(manage, ready, api):
    refused = Refused("ComputeFilter", "the compute service is disabled", None,
                      [("h3", "h3")], [None])
    short = Refused("placement", "not enough VCPU", 9, [("h4", "h4")], [8])
    placed = Findings({"VCPU": 2}, [refused], Ranked([("h1", "n1"), ("h2", "h2")],
                                                      {"RAMWeigher": [0.5, 1.0]}))
    nowhere = Findings({"VCPU": 9}, [short], causes=[
        {"cause": "resource class VCPU", "asked": 9, "hosts": 0, "emptied": True}])
    api.decisions.add([
        Decision(SERVER, NOW, host="h2", node="h2", findings=placed, request_id="req-1"),
        Decision(SERVER, NOW, kind="move", reason="There are not enough hosts available.",
                 findings=nowhere),
    ])
    code, lines = manage("scheduler", "explain", SERVER)
    text = "\n".join(lines)
    assert code == 0
    assert "move" in text and "no host" in text and "2030-01-01" in text
    assert "No host has: resource class VCPU (9)" in text
    assert "not enough VCPU" in text and "| 9 " in text and "| 8 " in text
    text = "\n".join(manage("scheduler", "explain", SERVER, "--last", "2", "--hosts", "2")[1])
    assert "host h2, node h2" in text
    assert text.index("| h2 ") < text.index("| h1 ")
    assert "... and 1 hosts more" in text and "the compute service is disabled" not in text
