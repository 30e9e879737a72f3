"""The operators an extra spec may start with: `>= 4`, `s== kvm`, `<in> aes`."""

import operator
from collections.abc import Callable, Sequence

Compare = Callable[[str, Sequence[str]], bool]


def _numeric(compare: Callable[[float, float], bool]) -> Compare:
    return lambda value, words: compare(float(value), float(words[0]))


def _textual(compare: Callable[[str, str], bool]) -> Compare:
    return lambda value, words: compare(value, words[0])


def _any_of(value: str, words: Sequence[str]) -> bool:
    """`<or> a <or> b`: the first <or> is gone already."""
    return value in words[::2]


OPERATORS: dict[str, Compare] = {
    "=": _numeric(operator.ge),
    "==": _numeric(operator.eq),
    "!=": _numeric(operator.ne),
    ">=": _numeric(operator.ge),
    "<=": _numeric(operator.le),
    "s==": _textual(operator.eq),
    "s!=": _textual(operator.ne),
    "s<": _textual(operator.lt),
    "s<=": _textual(operator.le),
    "s>": _textual(operator.gt),
    "s>=": _textual(operator.ge),
    "<in>": _textual(operator.contains),
    "<all-in>": lambda value, words: all(word in value for word in words),
    "<or>": _any_of,
}


def matches(value: object, wanted: str) -> bool:
    """Whether a host's `value` satisfies what an extra spec wants.

    Without an operator both must be the same text.  A number that is none
    satisfies nothing.
    """
    first, *words = wanted.split() or [""]
    compare = OPERATORS.get(first)
    if compare is None or not words:
        return str(value) == wanted
    try:
        return compare(str(value), words)
    except ValueError:
        return False
