"""A request group while it is being put together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nova.clients.placement.contract import RequestGroup


@dataclass
class Draft:
    """See RequestGroup.  Amounts of 0 take a class out."""

    resources: dict[str, int] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    any_of: list[frozenset[str]] = field(default_factory=list)
    member_of: list[frozenset[str]] = field(default_factory=list)
    not_member_of: set[str] = field(default_factory=set)
    in_tree: str | None = None

    def wants(self, resource_class: str) -> bool:
        return resource_class in self.resources

    def require(self, traits: Iterable[str]) -> None:
        self.required.update(traits)

    def group(self, suffix: str) -> RequestGroup:
        return RequestGroup(
            suffix=suffix,
            resources={name: amount for name, amount in self.resources.items() if amount},
            required=frozenset(self.required),
            forbidden=frozenset(self.forbidden),
            any_of=tuple(self.any_of),
            member_of=tuple(self.member_of),
            not_member_of=frozenset(self.not_member_of),
            in_tree=self.in_tree,
        )

    @property
    def empty(self) -> bool:
        return not (any(self.resources.values()) or self.required or self.forbidden)
