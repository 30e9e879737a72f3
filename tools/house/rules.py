"""The list of rules, and how they are applied to the tree.

A rule looks at one file and yields what it dislikes.  To change a rule, change its
module; to let one place break it, name the place there together with the reason.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.house import calls, cycles, names, options, size, versions
from tools.house.source import Complaint, Source


@dataclass(frozen=True)
class Rule:
    name: str
    look: Callable[[Source], Iterator[Complaint]]


RULES = (
    Rule("names", names.look),
    Rule("calls", calls.look),
    Rule("versions", versions.look),
    Rule("size", size.look),
    Rule("options", options.look),
)


def main(root: Path) -> int:
    """Print every complaint; 1 when there is one."""
    found = sorted(complaint for source in sources(root) for complaint in judge(source))
    found += cycles.complaints(root)
    for complaint in found:
        print(complaint)
    return 1 if found else 0


def judge(source: Source) -> Iterator[Complaint]:
    for rule in RULES:
        yield from rule.look(source)


def sources(root: Path) -> Iterator[Source]:
    for path in sorted((root / "nova").rglob("*.py")):
        inside = path.relative_to(root)
        if inside.parts[:2] != ("nova", "migrations"):
            text = path.read_text()
            yield Source(str(inside), text, ast.parse(text, str(path)))
