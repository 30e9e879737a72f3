"""Filters as an operator may bring them."""

from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def noting(global_conf: dict[str, Any], **own: str) -> Callable[[Wsgi], Wsgi]:
    """Adds a header, X-Seen, with its word, who the caller is by now, and where it stands."""

    def wrap(app: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            who = environ.get("nova.context")
            seen = f"{own['word']} {who.user_id if who else '-'} {environ.get('SCRIPT_NAME')}"

            def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                return start_response(status, [*headers, ("X-Seen", seen)], *more)

            return app(environ, start)

        return answer

    return wrap
