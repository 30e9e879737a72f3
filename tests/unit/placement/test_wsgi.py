"""The module that uwsgi and mod_wsgi load."""

import importlib
from pathlib import Path

import pytest

from nova.wsgi import placement
from tests.api.placement.service import Client


def test_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "placement.conf").write_text(
        "[api]\nauth_strategy = noauth2\n"
        f"[placement_database]\nconnection = sqlite:///{tmp_path}/p.db\nsync_on_startup = true\n"
    )
    monkeypatch.setenv("OS_PLACEMENT_CONFIG_DIR", str(tmp_path))
    module = importlib.reload(placement)
    assert not (tmp_path / "p.db").exists()
    client = Client(module.application)
    client.provider("00000000-0000-4000-8000-000000000001", "one", inventories={"VCPU": 1})
    found = client.ok("GET", "/allocation_candidates?resources=VCPU:1")
    assert len(found["allocation_requests"]) == 1
