"""Which mediated devices a server gets of those that its host can make."""

import uuid as uuids
from collections.abc import Collection, Iterator, Mapping

from nova.virt.contract.mdev import ClaimedMdev, MdevParent


def asked_classes(extra_specs: Mapping[str, str]) -> frozenset[str]:
    """Resource classes of which the flavor asks for some (resources:VGPU, resources1:CUSTOM_X)."""
    return frozenset(
        key.partition(":")[2] for key, amount in extra_specs.items()
        if key.startswith("resources") and ":" in key and amount != "0"
    )


def choose(
    parent: MdevParent, count: int, held: Collection[ClaimedMdev], guest: str
) -> tuple[ClaimedMdev, ...] | None:
    """`count` devices that nobody of `held` has, nor any other guest than `guest`; those
    that exist come first.  None: there is no room for so many."""
    taken = {one.uuid for one in held}
    others = {one.uuid for one in parent.devices if one.guest not in (None, guest)}
    busy = others | {
        one.uuid for one in held if (one.parent, one.type) == (parent.name, parent.type)
    }
    if len(busy) + count > parent.total:
        return None
    free = [one.uuid for one in parent.devices if one.uuid not in taken | others]
    chosen = (*free[:count], *_new(count - len(free)))
    return tuple(ClaimedMdev(uuid, parent.type, parent.name) for uuid in chosen)


def _new(count: int) -> Iterator[str]:
    for _number in range(count):
        yield str(uuids.uuid4())
