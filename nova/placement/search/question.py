"""What is asked of the search."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum


class Policy(Enum):
    """Whether groups may share a provider."""

    NONE = "none"
    ISOLATE = "isolate"


class Strategy(Enum):
    """In which order trees give their candidates."""

    DEPTH_FIRST = "depth-first"
    BREADTH_FIRST = "breadth-first"


@dataclass(frozen=True, slots=True)
class Group:
    """Resources ({class id: amount}) that belong together.

    With a suffix one provider serves them all; without, providers of one tree
    (and those that share with it) serve a class each, and have the required
    traits together.  Of each set in `required` and `member_of` one must hold.
    """

    suffix: str = ""
    resources: Mapping[int, int] = field(default_factory=dict)
    required: tuple[frozenset[int], ...] = ()
    forbidden: frozenset[int] = frozenset()
    member_of: tuple[frozenset[str], ...] = ()
    forbidden_aggregates: frozenset[str] = frozenset()
    in_tree: str | None = None

    def like(self, other: "Group") -> bool:
        """Whether both ask the same, under whatever suffix."""
        return replace(self, suffix=other.suffix) == other


@dataclass(frozen=True, slots=True)
class Question:
    """A request for allocation candidates."""

    groups: tuple[Group, ...]
    policy: Policy = Policy.NONE
    limit: int | None = None
    root_required: frozenset[int] = frozenset()
    root_forbidden: frozenset[int] = frozenset()
    same_subtree: tuple[frozenset[str], ...] = ()
    nested: bool = True
    mapped: bool = True

    @property
    def spread(self) -> Group | None:
        """The group without suffix."""
        return next((group for group in self.groups if not group.suffix), None)

    @property
    def granular(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.suffix)
