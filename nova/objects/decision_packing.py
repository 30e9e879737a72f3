"""What was found out about a thousand hosts, as few bytes."""

import json
import struct
import zlib
from array import array
from collections.abc import Sequence

from nova.objects.decisions import Findings, Ranked, Refused

# Compressing harder saves a tenth of the room and takes three times as long.
EFFORT = 1
# How many bytes of facts and of names there are.
_SIZES = struct.Struct("!II")


def pack(found: Findings) -> bytes:
    """Facts as JSON, names, and weights as 32 bit numbers: a thousand hosts are some 20 KB.

    Weights are not compressed: they hardly get smaller, and it takes long.
    """
    ranked = found.ranked
    facts = {
        "asked": dict(found.asked), "causes": [dict(one) for one in found.causes],
        "omitted": found.omitted, "weighers": list(ranked.parts),
        "refused": [[one.check, one.reason, one.asked, _names(one.hosts), list(one.free)]
                    for one in found.refused],
    }  # fmt: skip
    text = zlib.compress(json.dumps(facts, separators=(",", ":"), default=str).encode(), EFFORT)
    names = pack_names(ranked.hosts) if ranked.names is None else ranked.names
    weights = [_weights(column) for column in ranked.parts.values()]
    return b"".join((_SIZES.pack(len(text), len(names)), text, names, *weights))


def pack_names(hosts: Sequence[tuple[str, str]]) -> bytes:
    return zlib.compress(_names(hosts).encode(), EFFORT)


def _weights(column: Sequence[float]) -> bytes:
    return (column if isinstance(column, array) else array("f", column)).tobytes()


def unpack(packed: bytes) -> Findings:
    text, names = _SIZES.unpack_from(packed)
    start = _SIZES.size + text
    facts = json.loads(zlib.decompress(packed[_SIZES.size : start]))
    hosts = _hosts(zlib.decompress(packed[start : start + names]).decode())
    weights = array("f", packed[start + names :])
    columns = (weights[at : at + len(hosts)] for at in range(0, len(weights), len(hosts) or 1))
    refused = [Refused(check, reason, asked, _hosts(of), free)
               for check, reason, asked, of, free in facts["refused"]]
    ranked = Ranked(hosts, dict(zip(facts["weighers"], columns, strict=True)))
    return Findings(facts["asked"], refused, ranked, facts["causes"], facts["omitted"])


def _names(hosts: Sequence[tuple[str, str]]) -> str:
    """Most nodes are called like their host, and are named once."""
    return "\n".join([host if host == node else f"{host}\t{node}" for host, node in hosts])


def _hosts(names: str) -> list[tuple[str, str]]:
    lines = [line.partition("\t") for line in names.split("\n")] if names else []
    return [(host, node or host) for host, _, node in lines]
