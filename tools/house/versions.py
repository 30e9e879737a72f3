"""A microversion is spelt as a number in the table of microversions only."""

import ast
import re
from collections.abc import Iterator

from tools.house.source import Complaint, Source

_LITERAL = re.compile(r"^2\.[1-9]\d*$")

# The table itself; objects and RPC have versions of their own that look alike, and so
# have image and flavor documents of other services.
ALLOWED = (
    "nova/microversions.py",
    "nova/api/documents.py",
    "nova/objects",
    "nova/rpc",
    "nova/clients",
    "nova/standalone",
    "nova/metadata",
)


def look(source: Source) -> Iterator[Complaint]:
    if source.under(*ALLOWED):
        return
    for node in ast.walk(source.tree):
        if _is_version(node):
            yield source.complain(
                node, "a literal microversion: ask by name, see nova.microversions"
            )


def _is_version(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _LITERAL.match(node.value) is not None
    )
