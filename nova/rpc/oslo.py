"""The bus over oslo.messaging: RabbitMQ, or any driver of the transport URL."""

import contextlib
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import oslo_messaging as messaging
from oslo_config import cfg
from oslo_messaging._drivers import amqpdriver
from oslo_messaging.opts import list_opts as library_options

from nova.context import RequestContext
from nova.core.clock import Clock, RealClock
from nova.errors import RemoteFailure, Unavailable
from nova.rpc import dispatch, serializer
from nova.rpc.contract import Address, NoAnswer, Serving

# One wire version of the envelope itself; what is inside is versioned object by
# object and action by action.
ENVELOPE = "1.0"
EXCHANGE = "nova"
# A broker that is away is told to the caller soon: what matters is in a database,
# and the watchdog tells it again.
RETRIES = 1
# Seconds in which nobody tries a broker that was away when it was tried last: to find out
# takes two seconds of the user who asked for something, and tells him nothing.
REST = 3.0
# Seconds after which a listener looks up without a message.
WAKING = 1.0
# Seconds after which one who works on a call must have shown that it lives: asked for where
# waiting for an answer would be much longer.
SIGN_OF_LIFE = 10


class _Context(messaging.NoOpSerializer):
    """The context travels as the message's context; entities are encoded by us."""

    def serialize_context(self, context: RequestContext) -> dict[str, Any]:
        return context.to_wire()

    def deserialize_context(self, context: Mapping[str, Any]) -> RequestContext:
        return RequestContext.from_wire(context)


class _Dispatcher:
    """oslo.messaging's endpoint: one method for everything, so that refusals of ours
    travel as data instead of as tracebacks."""

    def __init__(self, topic: str, endpoint: object) -> None:
        self.target = messaging.Target(version=ENVELOPE)
        self._topic = topic
        self._endpoint = endpoint

    def handle(self, context: RequestContext, asked: str, given: dict[str, Any]) -> Any:
        return dispatch.handle(self._endpoint, self._topic, asked, context, given)


class _Server:
    def __init__(self, server: Any) -> None:
        self._server = server

    def stop(self) -> None:
        self._server.stop()
        self._server.wait()


class OsloBus:
    """One transport URL.  `server` is this process's own name for direct messages."""

    def __init__(
        self, conf: cfg.ConfigOpts, url: str | None = None, clock: Clock | None = None
    ) -> None:
        _register(conf)
        self._clock = clock or RealClock()
        _wake_for_messages_only()
        self._transport = messaging.get_rpc_transport(conf, url=url)
        self._clients: dict[Address, Any] = {}
        self._resting_until = 0.0

    def call(
        self,
        to: Address,
        method: str,
        context: RequestContext,
        arguments: Mapping[str, Any],
        timeout: float | None = None,
    ) -> Any:
        prepared = self._client(to).prepare(**_limits(timeout))
        given = serializer.encode(dict(arguments))
        try:
            reply = self._sent(lambda: prepared.call(context, "handle", asked=method, given=given))
        except messaging.MessagingTimeout as error:
            raise NoAnswer(service=to.topic, reason=str(error)) from error
        return serializer.unwrap(reply)

    def cast(
        self, to: Address, method: str, context: RequestContext, arguments: Mapping[str, Any]
    ) -> None:
        given = serializer.encode(dict(arguments))
        self._sent(lambda: self._client(to).cast(context, "handle", asked=method, given=given))

    def serve(self, at: Address, endpoint: object) -> Serving:
        target = messaging.Target(exchange=EXCHANGE, topic=at.topic, server=at.server or "any")
        server = messaging.get_rpc_server(
            self._transport,
            target,
            [_Dispatcher(at.topic, endpoint)],
            executor="threading",
            serializer=_Context(),
        )
        server.start()
        return _Server(server)

    def ping(self) -> None:
        """The connection pool of the driver is asked for a live connection."""
        driver = self._transport._driver
        if not hasattr(driver, "_get_connection"):
            return
        try:
            with driver._get_connection(retry=0) as connection:
                if not connection.connection.connection.connected:
                    raise Unavailable(service="message broker", reason="not connected")
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable(service="message broker", reason=str(error)) from error

    def _sent(self, send: Callable[[], Any]) -> Any:
        """What `send` answers; a broker that is away is left alone for a while."""
        if self._clock.monotonic() < self._resting_until:
            raise Unavailable(service="message broker", reason="it was away a moment ago")
        try:
            return send()
        except messaging.MessagingTimeout:
            raise
        except messaging.RemoteError as error:
            # The broker is well; it is the library at the other end that refused.
            raise RemoteFailure(kind=error.exc_type, reason=error.value) from error
        except messaging.MessagingException as error:
            self._resting_until = self._clock.monotonic() + REST
            raise Unavailable(service="message broker", reason=str(error)) from error

    def _client(self, to: Address) -> Any:
        found = self._clients.get(to)
        if found is None:
            target = messaging.Target(
                exchange=EXCHANGE, topic=to.topic, server=to.server, version=ENVELOPE,
                fanout=to.everyone,
            )
            found = messaging.get_rpc_client(
                self._transport, target, serializer=_Context(), retry=RETRIES
            )
            self._clients[to] = found
        return found


def _limits(timeout: float | None) -> dict[str, Any]:
    limits: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    if timeout is None or timeout > 2 * SIGN_OF_LIFE:
        limits["call_monitor_timeout"] = SIGN_OF_LIFE
    return limits


# Options that the library registers only with oslo.config's global object: (module, variable
# and group).  They have no public list.
_GLOBAL_ONLY = (
    ("oslo_messaging._tracing.client", "oslo_messaging_tracing"),
    ("oslo_messaging._metrics.client", "oslo_messaging_metrics"),
)


def _register(conf: cfg.ConfigOpts) -> None:
    for group, options in library_options():
        conf.register_opts(options, group=group)
    for module, name in _GLOBAL_ONLY:
        with contextlib.suppress(ImportError):
            conf.register_opts(getattr(importlib.import_module(module), name), group=name)


def _wake_for_messages_only() -> None:
    """Listeners of the library wake 1, 2, 4, ... ms after each message to send
    acknowledgements that somebody else's thread asked for.  RPC servers and clients
    acknowledge on receipt, so that for them it is a dozen wakings for nothing: most
    of what a message costs.  A process that is to end waits for the next waking."""
    amqpdriver.ACK_REQUEUE_EVERY_SECONDS_MIN = WAKING
    amqpdriver.ACK_REQUEUE_EVERY_SECONDS_MAX = WAKING


class OsloBuses:
    """The bus of [DEFAULT]transport_url, and those of the cells' mappings.

    `url_of` answers a cell's transport URL; a cell on the top URL shares its bus.
    """

    def __init__(self, conf: cfg.ConfigOpts, url_of: Callable[[str], str | None]) -> None:
        self._conf = conf
        self._url_of = url_of
        self.top = OsloBus(conf)
        self._by_url: dict[str | None, OsloBus] = {None: self.top, conf.transport_url: self.top}

    def cell(self, cell_uuid: str) -> OsloBus:
        url = self._url_of(cell_uuid)
        if url not in self._by_url:
            self._by_url[url] = OsloBus(self._conf, url)
        return self._by_url[url]
