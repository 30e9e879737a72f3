"""Servers whose memory is encrypted, on hosts that can do that for so many."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.context import admin_context
from nova.objects.flavor import Flavor
from nova.virt.contract.encryption import parts_of
from nova.virt.fake.hypervisor import Size
from tests.cloud import LONG_AGO, PROJECT, Cloud

UEFI = "a1a1a1a1-31e7-49b7-b260-868f441e862b"
SIZE = Size(vcpus=16, memory_mb=32768, disk_gb=1000)
ADMIN = f"admin:{PROJECT}"
CLASS = "MEM_ENCRYPTION_CONTEXT"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(hosts=("host1", "host2", "host3"), size=SIZE)
    for host, ways in (("host2", {"amd-sev": 1, "amd-sev-es": 2}), ("host3", {"intel-tdx": 1})):
        made.hypervisors[host].size = dataclasses.replace(SIZE, parts=parts_of(ways))
    made.image_state.add(
        ImageMeta(id=UEFI, name="uefi", disk_format="raw", container_format="bare",
                  visibility="public", created_at=LONG_AGO, updated_at=LONG_AGO,
                  properties={"hw_firmware_type": "uefi", "hw_machine_type": "q35"}),
        b"tiny disk")
    for model in ("", "amd-sev-es", "intel-tdx"):
        specs = {"hw:mem_encryption": "true"}
        made.stores.api.flavors.create(Flavor(
            flavorid=f"secret {model}", name=f"secret {model}", memory_mb=512, vcpus=1, root_gb=1,
            ephemeral_gb=0, swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
            description=None,
            extra_specs=specs | ({"hw:mem_encryption_model": model} if model else {})))
    made.start()
    yield made
    made.stop()


def boot(cloud: Cloud, model: str, status: str = "ACTIVE") -> Any:
    reply = cloud.boot(flavorRef=f"secret {model}", imageRef=UEFI)
    assert reply.status == 202, reply.body
    return cloud.wait(reply.body["server"]["id"], status)


def test_each_way_is_a_provider_of_its_own(cloud: Cloud) -> None:
    context, placement = admin_context(), cloud.placement
    [host] = [one for one in placement.providers.every(context) if one.name == "host2"]
    tree = {one.name: one for one in placement.providers.tree(context, host.id)}
    assert set(tree) == {"host2", "host2_AMD_SEV", "host2_AMD_SEV_ES"}
    part = tree["host2_AMD_SEV_ES"].id
    found = placement.facts.inventories(context, part).inventories[CLASS]
    assert (found.total, found.max_unit, found.allocation_ratio) == (2, 1, 1.0)
    assert placement.facts.traits(context, part).traits == {"HW_CPU_X86_AMD_SEV_ES", "OWNER_NOVA"}
    assert CLASS not in placement.facts.inventories(context, host.id).inventories


def test_servers_go_where_their_memory_can_be_encrypted_until_that_is_full(cloud: Cloud) -> None:
    first = [boot(cloud, model) for model in ("", "amd-sev-es", "amd-sev-es", "intel-tdx")]
    assert [one["OS-EXT-SRV-ATTR:host"] for one in first] == ["host2", "host2", "host2", "host3"]
    for model in ("", "amd-sev-es", "intel-tdx"):
        assert "No valid host" in boot(cloud, model, "ERROR")["fault"]["message"]
    [gone] = [one["id"] for one in first[-1:]]
    assert cloud.request("DELETE", f"/servers/{gone}", token=ADMIN).status == 204
    cloud.wait(gone, "GONE")
    assert boot(cloud, "intel-tdx")["OS-EXT-SRV-ATTR:host"] == "host3"
