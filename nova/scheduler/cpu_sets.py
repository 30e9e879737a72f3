"""Lists of CPU numbers as extra specs write them: "0-3,^2,7"."""

from nova.errors import Invalid


class BadCpuSet(Invalid):
    template = "Invalid inclusion expression '{text}'"


def parse(text: str) -> frozenset[int]:
    """The numbers of ranges and single ones, less those after ^.  Raises BadCpuSet."""
    inside: set[int] = set()
    outside: set[int] = set()
    for part in (piece.strip() for piece in text.split(",")):
        if part:
            (outside if part.startswith("^") else inside).update(_range(part.lstrip("^"), text))
    return frozenset(inside - outside)


def masked(mask: str, cpus: int) -> frozenset[int]:
    """The CPUs of 0..cpus-1 that a mask names; with a leading ^, all but those."""
    everyone = frozenset(range(cpus))
    if mask.startswith("^"):
        return everyone - parse(mask.lstrip("^"))
    return everyone & parse(mask)


def _range(part: str, text: str) -> range:
    first, dash, last = part.partition("-")
    try:
        return range(int(first), int(last if dash else first) + 1)
    except ValueError:
        raise BadCpuSet(text=text) from None
