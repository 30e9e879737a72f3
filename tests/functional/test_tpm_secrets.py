"""Servers with TPMs: who keeps what the TPM is encrypted with, and who can start them."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.keys.contract import KeysUnavailable
from nova.objects.flavor import Flavor
from nova.servers.steps.tpm import SECRET
from nova.virt.fake.hypervisor import Size
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

ADMIN = "admin:22222222222242228222222222222222"
TPMS = frozenset({"COMPUTE_SECURITY_TPM_2_0", "COMPUTE_SECURITY_TPM_TIS"})
KEEPERS = frozenset(f"COMPUTE_SECURITY_TPM_SECRET_SECURITY_{one}"
                    for one in ("USER", "HOST", "DEPLOYMENT"))  # fmt: skip


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(size=Size(vcpus=16, memory_mb=9999, disk_gb=100, traits=TPMS | KEEPERS))
    for keeper in (None, "user", "host", "deployment"):
        specs = {"hw:tpm_version": "2.0"} | ({"hw:tpm_secret_security": keeper} if keeper else {})
        made.stores.api.flavors.create(Flavor(
            flavorid=f"tpm-{keeper}", name=f"tpm-{keeper}", memory_mb=64, vcpus=1, root_gb=1,
            ephemeral_gb=0, swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False,
            is_public=True, description=None, extra_specs=specs))
    made.start()
    yield made
    made.stop()


def booted(cloud: Cloud, keeper: str | None, status: str = "ACTIVE") -> str:
    reply = cloud.boot(flavorRef=f"tpm-{keeper}")
    assert reply.status == 202, reply.body
    uuid: str = reply.body["server"]["id"]
    shown = cloud.wait(uuid, "ACTIVE", "ERROR")
    assert shown["status"] == status, shown
    return uuid


def kept(cloud: Cloud, uuid: str) -> str | None:
    record = cloud.stores.cell(CELL1_UUID).instances.get(uuid)
    found: str | None = record.system_metadata.get(SECRET)
    return found


def act(cloud: Cloud, uuid: str, action: dict[str, Any], status: str, token: str = "") -> None:
    more = {"token": token} if token else {}
    reply = cloud.act(uuid, action, **more)
    assert reply.status == 202, reply.body
    cloud.wait(uuid, status)


@pytest.mark.parametrize(("keeper", "project"), [
    (None, PROJECT), ("user", PROJECT), ("deployment", None),
])  # fmt: skip
def test_the_key_service_keeps_it(
    cloud: Cloud, keeper: str | None, project: str | None
) -> None:
    uuid = booted(cloud, keeper)
    secret = kept(cloud, uuid)
    assert secret is not None
    owner, word = cloud.keys.passphrases[secret]
    assert (owner, len(word)) == (project, 128)
    act(cloud, uuid, {"os-stop": None}, "SHUTOFF")
    act(cloud, uuid, {"os-start": None}, "ACTIVE")
    act(cloud, uuid, {"reboot": {"type": "HARD"}}, "ACTIVE")
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE")
    assert cloud.keys.passphrases == {}


def test_or_the_host(cloud: Cloud) -> None:
    uuid = booted(cloud, "host")
    assert (kept(cloud, uuid), cloud.keys.passphrases) == (None, {})
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE")


def test_administrators_cannot_start_what_is_its_users(cloud: Cloud) -> None:
    for keeper, status in (("user", "SHUTOFF"), ("deployment", "ACTIVE")):
        uuid = booted(cloud, keeper)
        act(cloud, uuid, {"os-stop": None}, "SHUTOFF")
        act(cloud, uuid, {"os-start": None}, status, token=ADMIN)
        told = cloud.request("GET", f"/servers/{uuid}/os-instance-actions").body
        assert told["instanceActions"][0]["action"] == "start"
        assert told["instanceActions"][0]["message"] == (
            "Error" if keeper == "user" else None)
        if keeper == "user":
            act(cloud, uuid, {"os-start": None}, "ACTIVE")
        cloud.request("DELETE", f"/servers/{uuid}")
        cloud.wait(uuid, "GONE")
    assert cloud.keys.passphrases == {}


def test_no_server_without_a_key_service(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> str:
        raise KeysUnavailable(service="keys", reason="away")

    monkeypatch.setattr(cloud.keys, "keep", away)
    uuid = booted(cloud, "user", "ERROR")
    assert kept(cloud, uuid) is None
    monkeypatch.undo()
    cloud.request("DELETE", f"/servers/{uuid}")
    cloud.wait(uuid, "GONE")


@pytest.mark.parametrize("asked", ["DELETE", "forceDelete"])
def test_a_user_who_is_told_that_a_server_goes_has_no_secret_any_more(
    cloud: Cloud, asked: str
) -> None:
    """Whatever becomes of the host that is to end it."""
    uuid = booted(cloud, "user")
    cloud.act(uuid, {"lock": None}, token=ADMIN)
    assert cloud.request("DELETE", f"/servers/{uuid}").status == 409
    assert kept(cloud, uuid) in cloud.keys.passphrases
    cloud.act(uuid, {"unlock": None}, token=ADMIN)
    cloud.hypervisors["host1"].faults.delay("destroy", 2)
    if asked == "DELETE":
        cloud.request("DELETE", f"/servers/{uuid}")
    else:
        cloud.act(uuid, {"forceDelete": None})
    assert cloud.keys.passphrases == {} and cloud.show(uuid)["status"] != "GONE"
    cloud.wait(uuid, "GONE")
    cloud.hypervisors["host1"].faults.clear()


def test_the_host_forgets_what_could_not_be_forgotten_at_once(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = booted(cloud, "user")
    forget, tried = cloud.keys.forget, []

    def away(context: Any, secret: str) -> None:
        tried.append(secret)
        if len(tried) == 1:
            raise KeysUnavailable(service="keys", reason="away")
        forget(context, secret)

    monkeypatch.setattr(cloud.keys, "forget", away)
    assert cloud.request("DELETE", f"/servers/{uuid}").status == 204
    cloud.wait(uuid, "GONE")
    assert len(tried) == 2 and cloud.keys.passphrases == {}
