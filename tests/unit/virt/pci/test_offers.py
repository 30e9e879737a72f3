"""[pci]device_spec and [pci]alias: what operators offer, what flavors get."""

import json

import pytest

from nova.errors import ConfigurationFailure, Invalid
from nova.scheduler.pci import available, wishes_of_ports
from nova.virt.contract.pci import PHYSICAL, VIRTUAL, PciDevice
from nova.virt.pci.ledger import Ledger, pools
from nova.virt.pci.offers import is_managed_remotely, offered, offers_of
from nova.virt.pci.wishes import (
    aliases_of,
    wish_of_port,
    wishes_from_json,
    wishes_of,
    wishes_to_json,
)

SERVER = "11111111-0000-4000-8000-000000000001"
GPU = PciDevice("0000:81:00.0", "10de", "1db4", numa_node=0)
OTHER = PciDevice("0000:82:00.0", "10de", "1db4", numa_node=1)
CARD = PciDevice("0000:0a:00.0", "8086", "1572", PHYSICAL, 0, netdevs=("eth5",))
PARTS = tuple(PciDevice(f"0000:0a:02.{n}", "8086", "154c", VIRTUAL, 0, CARD.address)
              for n in range(2))
ALL = (GPU, OTHER, CARD, *PARTS)


def taken(*specs: object) -> list[str]:
    lines = [json.dumps(spec) for spec in specs]
    return [one.device.address for one in offered(ALL, offers_of(lines))]


@pytest.mark.parametrize(("spec", "addresses"), [
    ({"vendor_id": "10de"}, [GPU.address, OTHER.address]),
    ({"vendor_id": "0x10DE", "product_id": "1db4"}, [GPU.address, OTHER.address]),
    ({"product_id": "154c"}, [one.address for one in PARTS]),
    ({"address": "0000:81:00.0"}, [GPU.address]),
    ({"address": "*:82:*.*"}, [OTHER.address]),
    ({"address": ":81:"}, [GPU.address]),
    ({"address": {"bus": "8[12]"}}, [GPU.address, OTHER.address]),
    # The address of a card brings its parts.
    ({"address": "0000:0a:00.0"}, [CARD.address, *(one.address for one in PARTS)]),
    ({"devname": "eth5"}, [CARD.address]),
    ([{"address": "0000:81:00.0"}, {"address": "0000:82:00.0"}], [GPU.address, OTHER.address]),
])
def test_who_is_offered(spec, addresses):
    assert taken(spec) == addresses


@pytest.mark.parametrize("line", [
    "{", '"x"', '{"vendor_id": "lots"}', '{"address": "1:2:3:4:5"}',
    '{"address": "*", "devname": "eth0"}', '{"address": {"bus": "["}}',
])
def test_offers_that_cannot_be_read(line):
    with pytest.raises(ConfigurationFailure):
        offers_of([line])


def ledger(*specs: object, taken: set[str] = frozenset()) -> Ledger:
    lines = [json.dumps(spec) for spec in specs]
    return Ledger(offered(ALL, offers_of(lines)), frozenset(taken), {0: 0, 1: 0})


def wish(alias: dict, count: int = 1, **specs: str):
    known = aliases_of([json.dumps({"name": "it", **alias})])
    return wishes_of(SERVER, {"pci_passthrough:alias": f"it:{count}", **specs}, {}, known)


def got(book: Ledger, wishes, cells=None) -> list[str] | None:
    found = book.choose(wishes, cells)
    return None if found is None else [one.address for one in found]


def test_a_plain_wish():
    assert got(ledger({"vendor_id": "10de"}), wish({"vendor_id": "10de"})) == [GPU.address]
    assert got(ledger({"vendor_id": "10de"}), wish({"vendor_id": "10de"}, 3)) is None
    assert got(ledger(), wish({"vendor_id": "10de"})) is None


@pytest.mark.parametrize(("policy", "cells", "expected"), [
    ("required", [1], [OTHER.address]),
    ("legacy", [1], [OTHER.address]),
    ("preferred", [1], [OTHER.address]),
    ("socket", [1], [OTHER.address]),
    ("required", [2], None),
    ("legacy", [2], None),
    ("preferred", [2], [GPU.address]),
    ("required", None, [GPU.address]),
])
def test_how_close_it_has_to_be(policy, cells, expected):
    wished = wish({"vendor_id": "10de", "numa_policy": policy})
    assert got(ledger({"vendor_id": "10de"}), wished, cells) == expected


def test_a_flavor_says_more_of_closeness_than_an_alias():
    wished = wish({"vendor_id": "10de", "numa_policy": "preferred"},
                  **{"hw:pci_numa_affinity_policy": "required"})
    assert got(ledger({"vendor_id": "10de"}), wished, [2]) is None


def test_a_card_and_its_parts_exclude_each_other():
    spec = {"address": "0000:0a:00.0"}
    whole = wish({"vendor_id": "8086", "device_type": "type-PF"})
    part = wish({"vendor_id": "8086", "device_type": "type-VF"}, 2)
    assert got(ledger(spec), whole) == [CARD.address]
    assert got(ledger(spec, taken={PARTS[0].address}), whole) is None
    assert got(ledger(spec, taken={CARD.address}), part) is None
    # A whole card is given only to who asks for one.
    assert got(ledger(spec), wish({"vendor_id": "8086", "product_id": "1572"})) is None


def test_pools_count_what_is_free():
    told = pools(ledger({"vendor_id": "10de", "physical_network": "p1"}, taken={GPU.address}))
    assert [(one["numa_node"], one["count"], one["tags"]) for one in told] == [
        (0, 0, {"physical_network": "p1", "dev_type": "type-PCI"}),
        (1, 1, {"physical_network": "p1", "dev_type": "type-PCI"})]


def test_pools_name_providers_where_placement_counts():
    told = pools(ledger({"vendor_id": "10de"}), lambda device: f"provider of {device.address}")
    assert [(one["count"], one["tags"]["rp_uuid"]) for one in told] == [
        (1, f"provider of {device.address}") for device in (GPU, OTHER)]


def test_what_is_kept_comes_back():
    wished = wish({"vendor_id": "10de"}, 2)
    assert wishes_from_json(wishes_to_json(wished)) == wished
    assert wishes_from_json(None) == ()


@pytest.mark.parametrize(("specs", "words"), [
    ({"pci_passthrough:alias": "none:1"}, "PCI alias none is not defined"),
    ({"pci_passthrough:alias": "it:x"}, "Invalid PCI alias definition"),
    ({"pci_passthrough:alias": "it:1", "hw:pci_numa_affinity_policy": "near"},
     "Invalid PCI NUMA affinity"),
])
def test_wishes_that_are_refused(specs, words):
    known = aliases_of(['{"name": "it", "vendor_id": "10de"}'])
    with pytest.raises(Invalid, match=words):
        wishes_of(SERVER, specs, {}, known)


@pytest.mark.parametrize("line", [
    "[", "{}", '{"name": "a:b"}', '{"name": "a", "device_type": "type-X"}',
    '{"name": "a", "numa_policy": "never"}',
])
def test_aliases_that_cannot_be_read(line):
    with pytest.raises(ConfigurationFailure):
        aliases_of([line])


@pytest.mark.parametrize(("line", "remote"), [
    ('{"product_id": "101e", "remote_managed": "true", "physical_network": null}', True),
    ('{"product_id": "101e", "remote_managed": true}', True),
    ('{"product_id": "101e", "remote_managed": "false"}', False),
    ('{"product_id": "101e"}', False),
])
def test_cards_that_others_look_after(line: str, remote: bool) -> None:
    offers = offers_of([line])
    assert is_managed_remotely(offers) is remote
    assert "physical_network" not in offers[0].tags


def test_a_port_takes_a_device_that_is_on_its_network_or_on_none() -> None:
    lines = ['{"address": "0000:0a:02.0", "physical_network": "Fast"}',
             '{"address": "0000:0a:02.1", "physical_network": null}']
    ledger = Ledger(offered(PARTS, offers_of(lines)), frozenset(), {})
    for network, address in (("fast", "0000:0a:02.0"), (None, "0000:0a:02.1"), ("slow", None)):
        wish = wish_of_port(SERVER, "a port", "direct", network, None)
        assert wish is not None
        [kept] = wishes_from_json(json.loads(json.dumps(wishes_to_json([wish]))))
        chosen = ledger.choose([kept], None)
        assert (chosen[0].address if chosen else None) == address
        [seen] = wishes_of_ports([{"port": "a", "spec": dict(kept.specs[0])}])
        assert available(pools(ledger), seen) == (1 if address else 0)
