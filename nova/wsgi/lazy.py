"""An application that is put together by its first request.

So importing the module that has it does nothing, and a server that forks afterwards hands
on no connections.
"""

from collections.abc import Callable, Iterable
from typing import Any

from nova.core.clock import RealClock

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Lazy:
    """A WSGI application; what `make` raises is raised to the request, and the next one
    tries again."""

    def __init__(self, make: Callable[[], Wsgi]) -> None:
        self._make = make
        self._lock = RealClock().lock()
        self._app: Wsgi | None = None

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        return self._made()(environ, start_response)

    def _made(self) -> Wsgi:
        if self._app is None:
            with self._lock:
                if self._app is None:
                    self._app = self._make()
        return self._app
