"""A hint that is a small expression: ["and", [">=", "$free_ram_mb", 1024], ...]."""

import json
import operator
from collections.abc import Callable, Sequence
from typing import Any

from nova.scheduler.filters.capabilities import reach
from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


def _each(compare: Callable[[Any, Any], bool]) -> Callable[[Sequence[Any]], Any]:
    """The first value compared with each other one."""
    return lambda values: len(values) > 1 and all(compare(values[0], v) for v in values[1:])


def truth(value: Any) -> bool:
    """A list is true when one of its values is."""
    return any(map(truth, value)) if isinstance(value, list) else bool(value)


OPERATORS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "=": _each(operator.eq),
    "<": _each(operator.lt),
    ">": _each(operator.gt),
    "<=": _each(operator.le),
    ">=": _each(operator.ge),
    "in": lambda values: len(values) > 1 and values[0] in values[1:],
    "not": lambda values: [not truth(value) for value in values],
    "or": lambda values: any(map(truth, values)),
    "and": lambda values: all(map(truth, values)),
}


class JsonFilter(Filter):
    every_server = True

    def check(self, request: Request) -> Check | None:
        query = request.hint("query")
        if not query:
            return None
        expression = _expression(query)

        def check(host: HostState) -> Refusal | None:
            return None if _true(host, expression) else Refusal("the query hint refuses it", query)

        return check


def _expression(query: str) -> Any:
    """The hint may be JSON text or its value.  What cannot be read is never true."""
    try:
        return json.loads(query)
    except (ValueError, RecursionError):
        return False


def _true(host: HostState, expression: Any) -> bool:
    """Nothing is no demand; a value that cannot be compared makes the expression false, and so
    does depth that nobody could mean."""
    try:
        return expression == [] or truth(evaluate(host, expression))
    except (TypeError, KeyError, RecursionError):
        return False


def evaluate(host: HostState, expression: Any) -> Any:
    """Raises KeyError for an unknown operator and TypeError for values that do not compare."""
    if isinstance(expression, list) and expression:
        return OPERATORS[expression[0]]([evaluate(host, part) for part in expression[1:]])
    if isinstance(expression, str) and expression.startswith("$"):
        return reach(host, tuple(expression[1:].split(".")))
    return expression
