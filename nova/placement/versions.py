"""What each microversion of placement brought: one row a version.

Code asks for a feature by name (`request.has(versions.TRAITS)`); a number
stands here only.  All versions are 1.N, so a version is its N.
"""

from typing import Final

OLDEST: Final = 0

AGGREGATES: Final = 1
CUSTOM_CLASSES: Final = 2
PROVIDERS_MEMBER_OF: Final = 3
PROVIDERS_RESOURCES: Final = 4
DELETE_INVENTORIES: Final = 5
TRAITS: Final = 6
CLASS_PUT_CREATES: Final = 7
CONSUMER_OWNERS: Final = 8
TOTAL_USAGES: Final = 9
CANDIDATES: Final = 10
ALLOCATIONS_LINK: Final = 11
ALLOCATIONS_AS_DICT: Final = 12
MANY_CONSUMERS: Final = 13
TREES: Final = 14
CACHE_HEADERS: Final = 15
LIMIT: Final = 16
CANDIDATES_TRAITS: Final = 17
PROVIDERS_REQUIRED: Final = 18
AGGREGATE_GENERATION: Final = 19
PROVIDER_BODY_ON_CREATE: Final = 20
CANDIDATES_MEMBER_OF: Final = 21
FORBIDDEN_TRAITS: Final = 22
ERROR_CODES: Final = 23
REPEATED_MEMBER_OF: Final = 24
GRANULAR: Final = 25
RESERVED_MAY_BE_TOTAL: Final = 26
ALL_CLASSES_IN_SUMMARIES: Final = 27
CONSUMER_GENERATIONS: Final = 28
NESTED_CANDIDATES: Final = 29
RESHAPER: Final = 30
IN_TREE: Final = 31
FORBIDDEN_AGGREGATES: Final = 32
NAMED_SUFFIXES: Final = 33
MAPPINGS: Final = 34
ROOT_REQUIRED: Final = 35
SAME_SUBTREE: Final = 36
REPARENTING: Final = 37
CONSUMER_TYPES: Final = 38
ANY_TRAITS: Final = 39

NEWEST: Final = ANY_TRAITS

SERVICE: Final = "placement"
HEADER: Final = "OpenStack-API-Version"


def written(version: int) -> str:
    return f"1.{version}"


def asked(header: str) -> str | None:
    """The version meant for us in `header` ('placement 1.10, compute 2.1')."""
    for part in header.split(","):
        words = part.split()
        if len(words) == 2 and words[0].lower() == SERVICE:
            return words[1]
    return None


def parse(text: str) -> int | None:
    """The N of '1.N' or of 'latest', which may be out of range.

    None for another major version; raises ValueError for what is no version.
    """
    if text == "latest":
        return NEWEST
    major, dot, minor = text.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and text.isascii()):
        raise ValueError(text)
    return int(minor) if int(major) == 1 else None
