"""Allocation candidates as JSON.

An answer names the same providers again and again, in it and from one request
to the next, so what is said of a provider is encoded once and kept with it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nova.placement import versions
from nova.placement.api.request import Request
from nova.placement.search.candidates import Answer
from nova.placement.search.mirror import Mirror, Node
from nova.placement.search.question import Question
from nova.placement.search.tree import Candidate


def encode(request: Request, mirror: Mirror, question: Question, answer: Answer) -> bytes:
    classes = request.services.vocabulary.classes.known()
    listed = ", ".join(_requests(request, classes, question, answer.candidates))
    asked = {number for group in question.groups for number in group.resources}
    summaries = ", ".join(
        f'"{node.uuid}": {_summary(request, mirror, node, asked)}' for node in answer.providers
    )
    return f'{{"allocation_requests": [{listed}], "provider_summaries": {{{summaries}}}}}'.encode()


def _requests(
    request: Request,
    classes: Mapping[int, str],
    question: Question,
    candidates: Iterable[Candidate],
) -> Iterator[str]:
    """Where one provider serves all, only its uuid differs from one to the next."""
    spread = question.spread
    amounts = spread.resources if spread is not None else {}
    resources = json.dumps({classes[number]: amount for number, amount in amounts.items()})
    plain = request.has(versions.MAPPINGS)
    for candidate in candidates:
        node = candidate.only if plain else None
        if node is None:
            yield json.dumps(_request(request, classes, candidate))
        else:
            yield (
                f'{{"allocations": {{"{node.uuid}": {{"resources": {resources}}}}}, '
                f'"mappings": {{"": ["{node.uuid}"]}}}}'
            )


def _request(
    request: Request, classes: Mapping[int, str], candidate: Candidate
) -> Mapping[str, Any]:
    given = {
        node.uuid: {"resources": {classes[number]: amount for number, amount in amounts.items()}}
        for node, amounts in candidate.amounts().items()
    }
    if not request.has(versions.ALLOCATIONS_AS_DICT):
        return {
            "allocations": [
                {"resource_provider": {"uuid": uuid}, **resources}
                for uuid, resources in given.items()
            ]
        }
    if not request.has(versions.MAPPINGS):
        return {"allocations": given}
    return {"allocations": given, "mappings": candidate.mappings()}


def _summary(request: Request, mirror: Mirror, node: Node, asked: set[int]) -> str:
    if not request.has(versions.NESTED_CANDIDATES):
        return json.dumps(_view(request, mirror, node, asked))
    if node.view is None:
        node.view = json.dumps(_view(request, mirror, node, asked))
    return node.view


def _view(request: Request, mirror: Mirror, node: Node, asked: set[int]) -> Mapping[str, Any]:
    known = request.services.vocabulary
    classes = known.classes.known()
    every = request.has(versions.ALL_CLASSES_IN_SUMMARIES)
    view: dict[str, Any] = {
        "resources": {
            classes[number]: {"capacity": usage.inventory.capacity, "used": usage.used}
            for number, usage in node.stock.items()
            if every or number in asked
        }
    }
    if request.has(versions.CANDIDATES_TRAITS):
        names = known.traits.known()
        view["traits"] = sorted(names[trait] for trait in node.traits)
    if request.has(versions.NESTED_CANDIDATES):
        parent = mirror.nodes[node.parent] if node.parent is not None else None
        view["parent_provider_uuid"] = parent.uuid if parent is not None else None
        view["root_provider_uuid"] = mirror.nodes[node.root].uuid
    return view
