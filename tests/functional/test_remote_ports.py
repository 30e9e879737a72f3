"""Ports that are parts of cards which others than the host look after."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.network.contract import PortDraft, PortQuery
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from nova.virt.contract.pci import VIRTUAL, PciDevice
from nova.virt.fake.hypervisor import Size
from tests.cloud import PROJECT, Cloud

TRAIT = "COMPUTE_REMOTE_MANAGED_PORTS"
PARTS = tuple(
    PciDevice(f"0000:0a:02.{n}", "15b3", "101e", VIRTUAL, None, "0000:0a:00.0", number=n,
              card_mac="0c:42:a1:00:00:01", card_serial="MT2113X00000") for n in range(2)
)
SPEC = json.dumps({"product_id": "101e", "physical_network": None, "remote_managed": "true"})


class SmartCloud(Cloud):
    """Its second host has a card with a mind of its own."""

    def conf_of(self, host: str) -> Any:
        conf = super().conf_of(host)
        if host == "host2":
            conf.set_override("device_spec", [SPEC], group="pci")
        return conf


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    size = Size(vcpus=16, memory_mb=8192, disk_gb=1000, pci_devices=PARTS)
    made = SmartCloud(hosts=("host1", "host2"), size=size, options={
        "filter_scheduler__enabled_filters": ["ComputeFilter", "PciPassthroughFilter"]})
    made.start()
    yield made
    made.stop()


def traits(cloud: Cloud, host: str) -> Any:
    context = admin_context()
    provider = cloud.placement.providers.named(context, host)
    assert provider is not None
    return cloud.placement.facts.traits(context, provider.id).traits


def test_a_host_that_has_such_cards_says_so(cloud: Cloud) -> None:
    assert TRAIT in traits(cloud, "host2")
    assert TRAIT not in traits(cloud, "host1")


def test_ports_say_which_part_of_which_card_they_are(cloud: Cloud) -> None:
    ports = NetworkMemory(cloud.network_state).ports
    network = cloud.network_state.add_network(PROJECT, "tunneled", "192.168.9.0/24")
    draft = PortDraft(
        network_id=network.id, project_id=PROJECT, device_id="", device_owner="",
        vnic_type="remote-managed")
    made = ports.create(admin_context(), [draft] * 3)
    servers = []
    for port, status in zip(made, ("ACTIVE", "ACTIVE", "ERROR"), strict=True):
        reply = cloud.boot(networks=[{"port": port.id}])
        assert reply.status == 202, reply.body
        servers.append(cloud.wait(reply.body["server"]["id"], status))
        cloud.scheduler.endpoint.snapshot.refresh()
    assert [one["OS-EXT-SRV-ATTR:host"] for one in servers[:2]] == ["host2", "host2"]
    # The scheduler counts them: no host was tried in vain.
    assert "No valid host" in servers[2]["fault"]["message"]
    profiles = []
    for port in made[:2]:
        (bound,) = ports.list(admin_context(), PortQuery(ids=(port.id,)))
        profiles.append({k: v for k, v in bound.profile.items() if k != "allocation"})
    assert sorted(profiles, key=lambda one: one["pci_slot"]) == [
        {"pci_slot": part.address, "pci_vendor_info": "15b3:101e", "vf_num": part.number,
         "pf_mac_address": "0c:42:a1:00:00:01", "card_serial_number": "MT2113X00000"}
        for part in PARTS]
    cloud.end([one["id"] for one in servers])
