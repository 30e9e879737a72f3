"""What a prefilter adds to the query."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Narrowing:
    """`member_of`: of each set one aggregate at least.  `reason` says in words
    what was demanded, for when nothing is found."""

    reason: str = ""
    root_required: frozenset[str] = frozenset()
    root_forbidden: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    member_of: tuple[frozenset[str], ...] = ()
    not_member_of: frozenset[str] = frozenset()
    group_required: frozenset[str] = frozenset()


def root_needs(*traits: str) -> Narrowing:
    return Narrowing(root_required=frozenset(traits), reason=f"hosts with {', '.join(traits)}")


def inside(aggregates: Iterable[str], reason: str) -> Narrowing:
    return Narrowing(member_of=(frozenset(aggregates),), reason=reason)


def outside(aggregates: Iterable[str], reason: str) -> Narrowing:
    return Narrowing(not_member_of=frozenset(aggregates), reason=reason)
