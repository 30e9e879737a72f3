"""Values exchanged with the placement service."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Amounts by resource class.
Resources = Mapping[str, int]

INSTANCE = "INSTANCE"
MIGRATION = "MIGRATION"
# Largest amount placement takes (a signed 32 bit number).
MAX_AMOUNT = 2**31 - 1


@dataclass(frozen=True)
class RequestGroup:
    """Resources wanted together.  `suffix` "" is the unsuffixed group, which may be
    spread over a tree; any other comes from one provider.

    `any_of`: of each set one trait at least.  `member_of`: of each set one
    aggregate at least.  `in_tree`: only the tree of this provider.
    """

    resources: Resources = field(default_factory=dict)
    suffix: str = ""
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    any_of: tuple[frozenset[str], ...] = ()
    member_of: tuple[frozenset[str], ...] = ()
    not_member_of: frozenset[str] = frozenset()
    in_tree: str | None = None


@dataclass(frozen=True)
class CandidateQuery:
    """`limit` 0: no limit.  `root_*` are traits of the tree's root.  Each set of
    `same_subtree` names suffixes that must lie under one of their providers."""

    groups: tuple[RequestGroup, ...]
    group_policy: str | None = None
    limit: int = 0
    root_required: frozenset[str] = frozenset()
    root_forbidden: frozenset[str] = frozenset()
    same_subtree: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class AllocationRequest:
    """One way to fit: amounts by provider, and for each suffix its providers."""

    resources: Mapping[str, Resources]
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ResourceSummary:
    capacity: int
    used: int


@dataclass(frozen=True)
class ProviderSummary:
    root_id: str
    parent_id: str | None
    resources: Mapping[str, ResourceSummary] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidates:
    """`summaries` by provider id, for all providers of the trees in `requests`."""

    requests: tuple[AllocationRequest, ...] = ()
    summaries: Mapping[str, ProviderSummary] = field(default_factory=dict)


@dataclass(frozen=True)
class Consumer:
    """Who holds: a server, a migration.  `generation` counts its changes; None: it
    is not known to placement yet.  `kind` None: unknown."""

    consumer_id: str
    project_id: str | None = None
    user_id: str | None = None
    kind: str | None = INSTANCE
    generation: int | None = None


@dataclass(frozen=True)
class Allocation:
    """All that a consumer holds: amounts by provider."""

    consumer: Consumer
    resources: Mapping[str, Resources] = field(default_factory=dict)
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.resources)


@dataclass(frozen=True)
class Inventory:
    total: int
    reserved: int = 0
    min_unit: int = 1
    max_unit: int = MAX_AMOUNT
    step_size: int = 1
    allocation_ratio: float = 1.0


@dataclass(frozen=True)
class Provider:
    id: str
    name: str
    generation: int
    parent_id: str | None = None
    root_id: str | None = None


@dataclass(frozen=True)
class ProviderInventory:
    generation: int
    inventories: Mapping[str, Inventory]


@dataclass(frozen=True)
class ProviderTraits:
    generation: int
    traits: frozenset[str]


@dataclass(frozen=True)
class ProviderAggregates:
    generation: int
    aggregates: frozenset[str]


@dataclass(frozen=True)
class ProviderUsage:
    generation: int
    used: Resources
