"""Lists of processors as people write them: 0-3,^2,8."""

from collections.abc import Iterable

from nova.errors import Invalid


class BadCpuSet(Invalid):
    template = "Invalid inclusion expression '{text}'"


class BadExclusion(Invalid):
    template = "Invalid exclusion expression '{text}'"


def parse(text: str) -> frozenset[int]:
    """Raises BadCpuSet or BadExclusion."""
    inside: set[int] = set()
    outside: set[int] = set()
    for part in (piece.strip() for piece in text.split(",")):
        if part.startswith("^"):
            outside |= _range(part[1:].strip(), BadExclusion)
        elif part:
            inside |= _range(part, BadCpuSet)
    return frozenset(inside - outside)


def masked(mask: str, cpus: int) -> frozenset[int]:
    """Those of 0..cpus-1 that a mask names; one that begins with ^ names the others."""
    everyone = frozenset(range(cpus))
    if mask.strip().startswith("^"):
        return everyone & parse(f"0-{max(cpus - 1, 0)},{mask}")
    return everyone & parse(mask)


def written(cpus: Iterable[int]) -> str:
    """The shortest way to write it."""
    known = frozenset(cpus)
    starts = sorted(cpu for cpu in known if cpu - 1 not in known)
    ends = sorted(cpu for cpu in known if cpu + 1 not in known)
    pairs = zip(starts, ends, strict=True)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in pairs)


def _range(text: str, error: type[Invalid]) -> set[int]:
    first, dash, last = text.partition("-")
    try:
        low, high = int(first), int(last if dash else first)
    except ValueError:
        raise error(text=text) from None
    if high < low or low < 0:
        raise error(text=text)
    return set(range(low, high + 1))
