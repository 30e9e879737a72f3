"""A cloud that takes no image without a signature: what users are told, and in whose name it
asks for certificates."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.virt.fake.hypervisor import Size
from tests.certificates import authority, issued
from tests.cloud import IMAGE, USER, Cloud

ROOT, OTHER = authority(), authority("other")
SIGNER = issued(ROOT, "signer")
CONTENT = b"signed disk"
ROOT_ID, OTHER_ID, SIGNER_ID = (f"30000000-0000-4000-8000-00000000000{n}" for n in range(3))
GOOD, FORGED = (f"30000000-0000-4000-8000-0000000000a{n}" for n in range(2))
FAILED = "Signature verification for the image failed: "
NOT_TRUSTED = f"Image signature certificate validation failed for certificate: {SIGNER_ID}. "


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(size=Size(vcpus=100, memory_mb=99999), options={
        "glance__verify_glance_signatures": True,
        "glance__enable_certificate_validation": True,
        "glance__default_trusted_certificate_ids": [ROOT_ID],
    })  # fmt: skip
    for holder, own in ((ROOT, ROOT_ID), (OTHER, OTHER_ID), (SIGNER, SIGNER_ID)):
        made.keys.certificates[own] = holder.der
    for own, signed in ((GOOD, CONTENT), (FORGED, b"another disk")):
        facts: dict[str, Any] = {"disk_format": "raw", "container_format": "bare"}
        made.image_state.add(ImageMeta(
            id=own, visibility="public", properties=SIGNER.properties(signed, SIGNER_ID), **facts
        ), CONTENT)  # fmt: skip
    made.start()
    yield made
    made.stop()


def booted(cloud: Cloud, image: str, **fields: Any) -> dict[str, Any]:
    reply = cloud.boot(imageRef=image, **fields)
    assert reply.status == 202, reply.body
    return cloud.wait(reply.body["server"]["id"], "ACTIVE", "ERROR")


def aborted(server: dict[str, Any]) -> str:
    """Why there is no guest."""
    start = f"Build of instance {server['id']} aborted: "
    message: str = server["fault"]["message"]
    assert (server["status"], server["fault"]["code"], message[: len(start)]) == (
        "ERROR", 500, start)  # fmt: skip
    return message.removeprefix(start)


def test_the_usual_certificates_are_shown(cloud: Cloud) -> None:
    server = booted(cloud, GOOD)
    assert (server["status"], server["trusted_image_certificates"]) == ("ACTIVE", [ROOT_ID])
    users = [one for one in cloud.keys.askers if one.user_id == USER]
    assert len(users) == len(cloud.keys.askers) > 0


def test_nobody_signed_it(cloud: Cloud) -> None:
    reason = aborted(booted(cloud, IMAGE))
    assert reason.startswith(FAILED)
    assert reason.endswith("Missing property: img_signature.")


def test_other_bytes_were_signed(cloud: Cloud) -> None:
    reason = aborted(booted(cloud, FORGED))
    assert reason == f"{FAILED}The image's bytes are not those that were signed."


def test_the_owner_trusts_others(cloud: Cloud) -> None:
    server = booted(cloud, GOOD, trusted_image_certificates=[OTHER_ID])
    assert server["trusted_image_certificates"] == [OTHER_ID]
    assert aborted(server).startswith(NOT_TRUSTED)


def test_a_rebuild_trusts_whom_it_says(cloud: Cloud) -> None:
    uuid = booted(cloud, GOOD)["id"]
    for named, shown, status in (
        ([OTHER_ID], [OTHER_ID], "ERROR"), (None, [ROOT_ID], "ACTIVE"),
        ([ROOT_ID, OTHER_ID], [ROOT_ID, OTHER_ID], "ACTIVE"),
    ):  # fmt: skip
        reply = cloud.act(
            uuid, {"rebuild": {"imageRef": GOOD, "trusted_image_certificates": named}}
        )
        assert (reply.status, reply.body["server"]["trusted_image_certificates"]) == (202, shown)
        server = cloud.wait(uuid, "ACTIVE", "ERROR")
        assert server["status"] == status
        if status == "ERROR":
            assert server["fault"]["message"].startswith(NOT_TRUSTED)
