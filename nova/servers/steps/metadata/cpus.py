"""Which of a guest's processors it has for itself."""

from oslo_utils import strutils

from nova.objects.server import Instance

IMAGE = "image_"


def dedicated_cpus(instance: Instance) -> list[int]:
    """Numbers as the guest counts them."""
    specs = instance.flavor.extra_specs
    image = instance.system_metadata
    policy = specs.get("hw:cpu_policy") or image.get(f"{IMAGE}hw_cpu_policy")
    everyone = set(range(instance.vcpus or 0))
    if policy == "dedicated":
        return sorted(everyone)
    if policy != "mixed":
        return []
    return sorted(_named(specs.get("hw:cpu_dedicated_mask", ""), everyone) & everyone)


def _named(mask: str, everyone: set[int]) -> set[int]:
    """`0-2,4` names those, `^0` all but that."""
    if strutils.is_int_like(mask):
        return {int(mask)}
    wanted: set[int] = set()
    unwanted: set[int] = set()
    for part in filter(None, (piece.strip() for piece in mask.split(","))):
        target = unwanted if part.startswith("^") else wanted
        first, _, last = part.removeprefix("^").partition("-")
        target |= set(range(int(first), int(last or first) + 1))
    return (wanted or everyone) - unwanted
