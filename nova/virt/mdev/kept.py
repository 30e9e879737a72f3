"""The mediated devices of a server, as its record keeps them: one line each.

They are made again, as the same ones, after the host forgot them.
"""

from collections.abc import Mapping, Sequence

from nova.virt.contract.mdev import ClaimedMdev

PREFIX = "mdev_"


def mdevs_from(known: Mapping[str, str]) -> tuple[ClaimedMdev, ...]:
    """From the record's system metadata."""
    numbered = {key.removeprefix(PREFIX): line for key, line in known.items()
                if key.startswith(PREFIX)}
    lines = (numbered[key] for key in sorted(numbered, key=lambda key: (len(key), key)))
    return tuple(ClaimedMdev(*line.split()) for line in lines if line)


def mdevs_to(devices: Sequence[ClaimedMdev], known: Mapping[str, str]) -> dict[str, str]:
    """What to write over `known`: lines that are not needed any more are empty."""
    old = {key: "" for key in known if key.startswith(PREFIX) and known[key]}
    lines = {f"{PREFIX}{number}": f"{one.uuid} {one.type} {one.parent}"
             for number, one in enumerate(devices)}
    return {**old, **lines}
