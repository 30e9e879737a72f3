"""Bytes from one end to the other, until one of them has enough."""

import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

from nova.console.ends import TargetEnd, UserEnd
from nova.console.errors import TargetFailed

CHUNK = 65536
# Seconds between two looks at whether the session is to end.
LOOK = 1.0
# Seconds that a user's client may take to answer before the session has begun.
PATIENCE = 30.0


class Relay:
    """`over` tells that the session is to end whatever its ends say."""

    def __init__(
        self, handler: Any, user: UserEnd, target: TargetEnd, over: Callable[[], bool]
    ) -> None:
        self._handler = handler
        self._user = user
        self._target = target.connection
        self._over = over
        self._to_target = b""
        self._user_full = False

    def run(self) -> str:
        """Why it ended, for the log."""
        self._target.setblocking(False)
        self._to_target = b"".join(self._user.left())
        while not self._over():
            ready, room = self._wait()
            ended = self._turn(ready, room)
            if ended:
                return ended
        return "the session is over"

    def _wait(self) -> tuple[list[Any], list[Any]]:
        client, target = self._handler.request, self._target
        reading: list[Any] = [] if self._to_target else [client]
        reading += [] if self._user_full else [target]
        writing: list[Any] = [target] if self._to_target else []
        writing += [client] if self._user_full else []
        if isinstance(target, ssl.SSLSocket) and target.pending() and not self._user_full:
            return [target], []
        ready, room, _ = select.select(reading, writing, [], LOOK)
        return ready, room

    def _turn(self, ready: list[Any], room: list[Any]) -> str | None:
        client, target = self._handler.request, self._target
        if client in room:
            self._user_full = self._handler.send_frames()
        if target in room:
            self._push()
        if client in ready:
            frames, closed = self._handler.recv_frames()
            self._to_target += b"".join(frames)
            self._push()
            if closed:
                return "the user left"
        if target in ready:
            return self._pull()
        return None

    def _push(self) -> None:
        if not self._to_target:
            return
        try:
            sent = self._target.send(self._to_target)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        self._to_target = self._to_target[sent:]

    def _pull(self) -> str | None:
        try:
            data = self._target.recv(CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        if not data:
            return "the guest's end closed"
        self._user_full = self._handler.send_frames([data])
        return None


def wait_for(connection: Any) -> None:
    """Until there is something to read; TargetFailed when that takes too long."""
    if not connection.pending() and not select.select([connection], [], [], PATIENCE)[0]:
        raise TargetFailed(reason="The user says nothing")


def close(connection: socket.socket) -> None:
    """Both ways, however far it is."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        connection.close()
