"""The query string of a request for allocation candidates."""

import re
from collections.abc import Iterable, Mapping, Sequence

from nova.placement import errors, versions
from nova.placement.api import filters
from nova.placement.api.request import Request
from nova.placement.search.question import Group, Policy, Question

_NUMBERED = re.compile(r"^(resources|required|member_of|in_tree)([1-9][0-9]*)$")
_NAMED = re.compile(r"^(resources|required|member_of|in_tree)([a-zA-Z0-9_-]{1,64})$")
_INVALID = "Invalid query string parameters: "

# Keys without suffix, and since when.
_PLAIN = (
    ("resources", versions.CANDIDATES),
    ("limit", versions.LIMIT),
    ("required", versions.CANDIDATES_TRAITS),
    ("member_of", versions.CANDIDATES_MEMBER_OF),
    ("group_policy", versions.GRANULAR),
    ("in_tree", versions.IN_TREE),
    ("root_required", versions.ROOT_REQUIRED),
    ("same_subtree", versions.SAME_SUBTREE),
)

Parts = dict[str, dict[str, Sequence[str]]]
"""{suffix: {resources | required | member_of | in_tree: values}}"""


def parse(request: Request, query: filters.Query) -> Question:
    """Raises `errors.BadRequest`."""
    parts, plain = _split(request, query)
    subtrees = _subtrees(plain.get("same_subtree", ()))
    _refuse_orphans(parts, subtrees)
    groups = tuple(_group(request, suffix, part) for suffix, part in parts.items())
    root = filters.traits(request, plain.get("root_required", ()), alternatives=False)
    return Question(
        groups=groups,
        policy=_policy(filters.single(plain, "group_policy"), groups),
        limit=_limit(filters.single(plain, "limit")),
        root_required=frozenset().union(*root.required),
        root_forbidden=root.forbidden,
        same_subtree=subtrees,
        nested=request.has(versions.NESTED_CANDIDATES),
        mapped=request.has(versions.MAPPINGS),
    )


def _split(request: Request, query: filters.Query) -> tuple[Parts, dict[str, Sequence[str]]]:
    """The keys of groups, and the keys of the whole request."""
    known = {key for key, since in _PLAIN if request.has(since)}
    parts: Parts = {}
    plain: dict[str, Sequence[str]] = {}
    for key, values in query.items():
        if key in known:
            name, suffix = key, ""
        else:
            name, suffix = _suffixed(request, key)
        if name in ("resources", "required", "member_of", "in_tree"):
            parts.setdefault(suffix, {})[name] = values
        else:
            plain[name] = values
    return parts, plain


def _suffixed(request: Request, key: str) -> tuple[str, str]:
    pattern = _NAMED if request.has(versions.NAMED_SUFFIXES) else _NUMBERED
    match = pattern.match(key) if request.has(versions.GRANULAR) else None
    if match is None or (match[1] == "in_tree" and not request.has(versions.IN_TREE)):
        raise errors.BadRequest(
            message=f"{_INVALID}Additional properties are not allowed ({key!r} was unexpected)"
        )
    return match[1], match[2]


def _subtrees(values: Iterable[str]) -> tuple[frozenset[str], ...]:
    found = []
    for value in values:
        suffixes = frozenset(part.strip() for part in value.split(","))
        if "" in suffixes:
            raise errors.BadQueryValue(
                message="Empty string (unsuffixed group) can not be specified in same_subtree: "
                f"{value}"
            )
        found.append(suffixes)
    return tuple(found)


def _refuse_orphans(parts: Parts, subtrees: Sequence[frozenset[str]]) -> None:
    if not any("resources" in part for part in parts.values()):
        raise errors.BadRequest(message=f"{_INVALID}'resources' is a required property")
    tied = frozenset().union(*subtrees)
    unknown = sorted(tied - parts.keys())
    if unknown:
        raise errors.BadQueryValue(
            message=f"Real suffixes should be specified in same_subtree: {', '.join(unknown)}"
        )
    orphans = sorted(
        suffix for suffix, part in parts.items() if "resources" not in part and suffix not in tied
    )
    if orphans:
        raise errors.BadQueryValue(
            message="All traits, aggregates and trees must be associated with resources: "
            f"{', '.join(f'no resources{suffix}' for suffix in orphans)}"
        )


def _group(request: Request, suffix: str, part: Mapping[str, Sequence[str]]) -> Group:
    resources = filters.single(part, "resources")
    traits = filters.traits(request, part.get("required", ()))
    membership = filters.membership(request, part.get("member_of", ()), f"member_of{suffix}")
    return Group(
        suffix=suffix,
        resources={} if resources is None else filters.resources(request, resources),
        required=traits.required,
        forbidden=traits.forbidden,
        member_of=membership.member_of,
        forbidden_aggregates=membership.forbidden,
        in_tree=filters.uuid(part, "in_tree"),
    )


def _policy(text: str | None, groups: Iterable[Group]) -> Policy:
    if text is None:
        if sum(1 for group in groups if group.suffix and group.resources) > 1:
            raise errors.MissingQueryValue(
                message='The "group_policy" parameter is required when specifying more than one '
                '"resources{N}" parameter.'
            )
        return Policy.NONE
    try:
        return Policy(text)
    except ValueError as error:
        raise errors.BadQueryValue(
            message=f"{_INVALID}{text!r} is not one of ['none', 'isolate'] (group_policy)"
        ) from error


def _limit(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]*", text):
        raise errors.BadQueryValue(message=f"{_INVALID}{text!r} is no positive integer (limit)")
    return int(text)
