"""Whether what a process needs answers just now."""

from collections.abc import Callable

OK = "ok"


def answers(ask: Callable[[], object]) -> str:
    """'ok', or why not: what `ask` raised.  Answering False is no answer either."""
    try:
        said = ask()
    except Exception as error:
        return str(error) or type(error).__name__
    return "it does not answer" if said is False else OK
