"""One connection of a user: pages, and one web socket that becomes a session."""

import logging
from typing import Any

from websockify.websockifyserver import WebSockifyRequestHandler

from nova.console.ends import TargetEnd, UserEnd, connect
from nova.console.errors import TargetFailed
from nova.console.gate import Admission
from nova.console.house import House
from nova.console.relay import Relay, close, wait_for
from nova.console.rfb.handshake import introduce
from nova.errors import NovaError

LOG = logging.getLogger(__name__)

# Web socket's "an unexpected condition"; and the ordinary end.
FAILED, ENDED = 1011, 1000


class Session(WebSockifyRequestHandler):
    """`server` is a ProxyServer."""

    admission: Admission

    @property
    def house(self) -> House:
        found: House = self.server.house
        return found

    @property
    def directory(self) -> str:
        """Where pages are; the library would look where the process is."""
        return self.house.web or ""

    @directory.setter
    def directory(self, value: str) -> None:
        """The library's choice is not ours."""

    def handle_upgrade(self) -> None:
        """Refusals come before there is a web socket, as plain answers of HTTP."""
        try:
            self.admission = self.house.gate.admit(self.path, self.headers)
        except NovaError as error:
            LOG.info("A console was refused to %s: %s", self.client_address[0], error)
            self._refuse(error)
            return
        super().handle_upgrade()

    def _refuse(self, error: NovaError) -> None:
        """In a status line alone: what follows it would pass for a frame of the console."""
        code = error.code if error.code < 500 else 503
        self.send_response(code, error.message if code < 500 else "Try again later")
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def new_websocket_client(self) -> None:
        token = self.admission.token
        self.request.setblocking(False)
        try:
            target = connect(self.house.dial, token)
        except TargetFailed as error:
            raise self._ended(error) from None
        try:
            reason = self._speak(UserEnd(self, wait_for), target)
        except (TargetFailed, OSError) as error:
            raise self._ended(error) from None
        finally:
            close(target.connection)
        LOG.info("Console %s of %s: %s", token.console_type, token.instance_uuid, reason)
        raise self.CClose(ENDED, "Target closed")

    def _speak(self, user: UserEnd, target: TargetEnd) -> str:
        if self.house.trust is not None:
            introduce(user, target, self.admission.token.host, self.house.trust)
        return Relay(self, user, target, self._over).run()

    def _over(self) -> bool:
        if self.server.stopping:
            return True
        until = self.admission.until
        return until is not None and self.house.clock.monotonic() >= until

    def _ended(self, error: Exception) -> Exception:
        LOG.warning("Console of %s: %s", self.admission.token.instance_uuid, error)
        closed: Exception = self.CClose(FAILED, "The console does not answer")
        return closed

    def log_message(self, format: str, *arguments: Any) -> None:
        """A path holds the token, which is nobody's to read in a log."""
        if "Path:" not in format:
            LOG.debug("%s %s", self.client_address[0], (format % arguments).split("?")[0])
