"""A file under judgement, and what may be said against it."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Complaint:
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """`path` is relative to the root and begins with "nova/"."""

    path: str
    text: str
    tree: ast.Module

    def under(self, *folders: str) -> bool:
        """Whether the file is one of `folders` or below one."""
        return any(self.path == name or self.path.startswith(f"{name}/") for name in folders)

    def complain(self, node: ast.AST, text: str) -> Complaint:
        return Complaint(self.path, getattr(node, "lineno", 1), text)
