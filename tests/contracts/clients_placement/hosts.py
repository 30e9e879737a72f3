"""What the tests of placement place things on."""

from uuid import NAMESPACE_DNS, uuid5

from nova.clients.placement.contract import Allocation, Consumer, Inventory

A, B, C = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
AGGREGATE = "aaaaaaaa-0000-4000-8000-000000000000"


def consumer_id(name):
    return str(uuid5(NAMESPACE_DNS, name))


def held(name, resources, generation=None, project="p", user="u"):
    return Allocation(Consumer(consumer_id(name), project, user, generation=generation), resources)


def add_host(placement, context, provider_id, *, vcpus=8, traits=()):
    placement.providers.ensure(context, provider_id, f"host-{provider_id[:8]}")
    placement.facts.set_inventories(
        context,
        provider_id,
        {
            "VCPU": Inventory(vcpus, allocation_ratio=2.0),
            "MEMORY_MB": Inventory(4096, reserved=1024),
            "DISK_GB": Inventory(100, max_unit=50, step_size=10),
        },
    )
    placement.facts.set_traits(context, provider_id, frozenset(traits))
