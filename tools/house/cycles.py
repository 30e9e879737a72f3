"""No module imports itself, not even through others."""

from collections.abc import Iterable
from pathlib import Path

import grimp

from tools.house.source import Complaint


def complaints(root: Path) -> list[Complaint]:
    """One complaint per group of modules that import each other in a circle."""
    graph = grimp.build_graph("nova", cache_dir=None, exclude_type_checking_imports=True)
    edges = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    return [
        Complaint(knot[0].replace(".", "/") + ".py", 1, f"circle of imports: {', '.join(knot)}")
        for knot in knots(edges)
    ]


def knots(edges: dict[str, set[str]]) -> list[list[str]]:
    """Sets of nodes that all reach each other, each sorted (Kosaraju's algorithm)."""
    backwards: dict[str, set[str]] = {node: set() for node in edges}
    for node, others in edges.items():
        for other in others:
            backwards.setdefault(other, set()).add(node)
    seen: set[str] = set()
    order: list[str] = []
    for node in sorted(edges):
        order.extend(_visit(node, edges, seen))
    seen.clear()
    groups = [_visit(node, backwards, seen) for node in reversed(order)]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _visit(start: str, edges: dict[str, set[str]], seen: set[str]) -> list[str]:
    """Nodes reachable from `start` that were not seen, each after those below it."""
    found: list[str] = []
    stack: list[tuple[str, Iterable[str] | None]] = [(start, None)]
    while stack:
        node, _ = stack.pop()
        if _ is not None:
            found.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, ()))
            stack.extend((other, None) for other in sorted(edges.get(node, ())))
    return found
