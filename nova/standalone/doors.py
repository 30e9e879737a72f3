"""Ports of compute, its metadata service and placement: taken before the catalogue names them."""

import contextlib
from typing import Any

from nova.standalone.settings import Wishes
from nova.standalone.web.serving import Late, Listener, listen

NAMES = ("compute", "placement", "metadata")
THREADS = 16


class Doors:
    """Until `open`ed, a door answers 503.  Raises OSError when a port is taken."""

    def __init__(self, wishes: Wishes) -> None:
        self._host = wishes.host
        self._apps = {name: Late() for name in NAMES}
        self._listeners: dict[str, Listener] = {}
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            for name, app in self._apps.items():
                port = wishes.ports[name]
                self._listeners[name] = listen(name, app, wishes.host, port, THREADS)
            undo.pop_all()

    def url(self, name: str) -> str:
        return f"http://{self._host}:{self._listeners[name].port}"

    def open(self, name: str, app: Any) -> None:
        self._apps[name].open(app)

    def close(self) -> None:
        """Answer what was asked, and listen no more."""
        for listener in self._listeners.values():
            listener.stop()
