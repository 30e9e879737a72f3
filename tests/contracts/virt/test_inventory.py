"""What the host says of itself."""

import json

import os_traits

KNOWN = frozenset(os_traits.get_traits())
REMOTE_PORTS = "COMPUTE_REMOTE_MANAGED_PORTS"


def test_one_node_with_sane_numbers(subject):
    inventory = subject.driver.inventory
    (node,) = inventory.nodes()
    facts = inventory.facts(node)
    assert facts.node == node
    assert facts.vcpus > 0
    assert facts.memory_mb > facts.memory_mb_used >= 0
    assert facts.disk_gb > 0
    assert facts.hypervisor_type
    assert facts.hypervisor_version > 0
    assert ("x86_64", "hvm") in {(arch, mode) for arch, _kind, mode in facts.supported_instances}


def test_the_cpu_is_described_in_json(subject):
    (node,) = subject.driver.inventory.nodes()
    cpu = json.loads(json.dumps(dict(subject.driver.inventory.facts(node).cpu_info)))
    assert cpu["arch"] == "x86_64"
    assert cpu["topology"]["sockets"] >= 1
    assert isinstance(cpu["features"], list)


def test_traits_are_names_of_the_library(subject):
    (node,) = subject.driver.inventory.nodes()
    traits = subject.driver.traits(node)
    assert traits <= KNOWN
    assert {"HW_CPU_X86_SSE2", "COMPUTE_IMAGE_TYPE_QCOW2", "COMPUTE_DEVICE_TAGGING"} <= traits
    assert "COMPUTE_NET_VIF_MODEL_VIRTIO" in traits


def test_guests_are_counted(subject, spawn):
    subject.settle()
    (node,) = subject.driver.inventory.nodes()
    before = subject.driver.inventory.facts(node).vcpus_used
    spawn(vcpus=2)
    assert subject.driver.inventory.facts(node).vcpus_used == before + 2


def test_what_processors_did_is_counted(subject):
    cpu = subject.driver.host_cpu
    before = cpu.times()
    assert min(before.user, before.idle, before.kernel) > 0
    assert before.iowait >= 0
    assert 100 < before.frequency_mhz < 10_000
    after = cpu.times()
    assert after.total >= before.total
    # Nanoseconds: the host has been up for minutes, and for less than ten years of 1024 CPUs.
    assert 60 * 10**9 < before.total < 1024 * 10 * 365 * 86400 * 10**9


def test_cards_that_others_look_after_are_told(subject):
    wish = ['{"product_id": "101e", "remote_managed": "true"}']
    (node,) = subject.driver.inventory.nodes()
    assert REMOTE_PORTS not in subject.driver.traits(node)
    subject._conf.set_override("device_spec", wish, group="pci")
    driver = subject.reborn()
    try:
        assert REMOTE_PORTS in driver.traits(node)
    finally:
        driver.close()
        subject._conf.clear_override("device_spec", group="pci")
