"""From a question to its candidates: choose trees, search each, stop at the limit."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from nova.placement.search import matching, tree
from nova.placement.search.matching import Plan
from nova.placement.search.mirror import Ids, Mirror, Node
from nova.placement.search.question import Question, Strategy
from nova.placement.search.tree import Candidate, Patience

# What a request without limit may make of interchangeable providers: a tree
# of n like devices serves k groups in n!/(n-k)! ways.
_MOST_PER_TREE = 1_000
_MOST_IN_ALL = 20_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose.  `most` bounds all candidates made; -1: no bound."""

    randomize: bool = False
    most: int = -1
    strategy: Strategy = Strategy.DEPTH_FIRST


@dataclass(frozen=True, slots=True)
class Answer:
    """Candidates, and every provider of the trees they touch."""

    candidates: Sequence[Candidate]
    providers: Sequence[Node]


def answer(
    mirror: Mirror, question: Question, sharing_trait: int | None, settings: Settings
) -> Answer:
    """All candidates, or as many as the limit permits."""
    sharing: Ids = frozenset() if sharing_trait is None else mirror.with_any_trait([sharing_trait])
    plan = matching.plan(mirror, question, sharing)
    ordered = sorted(plan.roots)
    if settings.randomize:
        random.shuffle(ordered)
    found = _searched(mirror, plan, ordered, settings.strategy)
    kept = list(_kept(plan, found, _limit(question, settings)))
    return Answer(kept, _touched(mirror, question, kept))


def _limit(question: Question, settings: Settings) -> int | None:
    limits = [one for one in (question.limit, settings.most) if one is not None and one >= 0]
    return min(limits, default=None)


def _searched(
    mirror: Mirror, plan: Plan, roots: Sequence[int], strategy: Strategy
) -> Iterator[Candidate]:
    patience = Patience()
    most = max(1, min(_MOST_PER_TREE, _MOST_IN_ALL // max(1, len(roots))))
    searches = (islice(tree.candidates(mirror, plan, root, patience), most) for root in roots)
    if strategy is Strategy.BREADTH_FIRST:
        return _in_turns(searches)
    return chain.from_iterable(searches)


def _in_turns(searches: Iterable[Iterator[Candidate]]) -> Iterator[Candidate]:
    """One candidate of each tree, then the next of each that has more."""
    waiting: Iterable[Iterator[Candidate]] = searches
    while True:
        again: list[Iterator[Candidate]] = []
        for search in waiting:
            candidate = next(search, None)
            if candidate is not None:
                again.append(search)
                yield candidate
        if not again:
            return
        waiting = again


def _kept(plan: Plan, found: Iterator[Candidate], limit: int | None) -> Iterator[Candidate]:
    """Those that differ in what the client will see."""
    question = plan.question
    if not question.nested:
        found = (candidate for candidate in found if not _uses_nesting(candidate))
    # One candidate comes twice only through a provider that several trees
    # share, or through groups that the client does not see.
    if plan.guests or (plan.granular and not question.mapped):
        found = _distinct(question, found)
    return islice(found, limit)


def _distinct(question: Question, found: Iterator[Candidate]) -> Iterator[Candidate]:
    seen: set[object] = set()
    for candidate in found:
        key = _key(question, candidate)
        if key not in seen:
            seen.add(key)
            yield candidate


def _key(question: Question, candidate: Candidate) -> object:
    if question.mapped:
        return tuple(
            sorted(
                (slot.suffix, node.id, slot.demands)
                for slot, node in zip(candidate.slots, candidate.chosen, strict=True)
            )
        )
    return frozenset(
        (node.id, frozenset(given.items())) for node, given in candidate.amounts().items()
    )


def _uses_nesting(candidate: Candidate) -> bool:
    """Whether two providers of one tree are used."""
    used = set(candidate.chosen)
    return len({node.root for node in used}) < len(used)


def _touched(mirror: Mirror, question: Question, kept: Iterable[Candidate]) -> list[Node]:
    used = {node for candidate in kept for node in candidate.chosen}
    if not question.nested:
        return sorted(used, key=lambda node: node.id)
    return [node for root in sorted({node.root for node in used}) for node in mirror.trees[root]]
