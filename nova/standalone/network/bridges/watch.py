"""Hearing of devices that come and go: the kernel's link messages."""

import contextlib
import os
import select
import socket
from collections.abc import Callable

RTMGRP_LINK = 1
LARGEST = 1 << 16


class LinkWatch:
    """Calls back on any change of a link. What changed is for the callee to look at:
    a message may be lost when the kernel's queue is full, the look never lies."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, RTMGRP_LINK))
        self._ear, self._mouth = os.pipe()

    def run(self) -> None:
        """Until stop() is called, from another thread."""
        try:
            while True:
                ready, _, _ = select.select([self._socket.fileno(), self._ear], [], [])
                if self._ear in ready:
                    return
                self._drain()
                self._changed()
        finally:
            self._socket.close()
            os.close(self._ear)

    def stop(self) -> None:
        os.close(self._mouth)

    def _drain(self) -> None:
        # ENOBUFS: messages were lost; the caller looks at everything anyway.
        with contextlib.suppress(OSError):
            self._socket.recv(LARGEST)
