"""What server groups allow: the same rule where hosts are chosen and where it is settled."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

AFFINITY, ANTI_AFFINITY = "affinity", "anti-affinity"
HARD = (AFFINITY, ANTI_AFFINITY)


def most_on_a_host(rules: Mapping[str, Any] | None) -> int:
    """Members that a host may have under anti-affinity."""
    return int((rules or {}).get("max_server_per_host") or 1)


def allows(
    policy: str,
    rules: Mapping[str, Any] | None,
    others: Mapping[str, str],
    leaving: Mapping[str, str],
    places: Mapping[str, str],
) -> bool:
    """Whether servers may be at `places` beside the group's other members.

    All are {server: host}; `leaving` are members that are still where they go away from.
    """
    if policy == AFFINITY:
        return len({*others.values(), *places.values()}) <= 1 or (
            bool(others) and {*places.values()} <= {*others.values()}
        )
    if policy != ANTI_AFFINITY:
        return True
    counts = Counter([*others.values(), *leaving.values(), *places.values()])
    return all(counts[host] <= most_on_a_host(rules) for host in places.values())


def whereabouts(
    known: Mapping[str, str], decided: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(where members are or will be, where they are leaving from), from what cells know and
    what was decided lately."""
    leaving = {server: known[server] for server, host in decided.items()
               if known.get(server, host) != host}
    return {**known, **decided}, leaving
