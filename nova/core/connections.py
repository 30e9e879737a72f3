"""Connections to database servers: waited for, kept, and opened cheaply.

Not imported by processes without a database.
"""

import ssl
from functools import cache
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util import queue

# Seconds that even a busy process usually gives a connection back in.
MOMENT = 1.0


class PatientPool(QueuePool):
    """Opens a connection beyond the pool's size only when none comes back in a moment.

    Those are closed after use, and to open one costs more than most transactions.  A pool of
    size 0 keeps all, and has nothing to wait for.
    """

    def _do_get(self) -> ConnectionPoolEntry:
        if self._overflow >= 0 and self.size():
            try:
                return self._pool.get(True, MOMENT)
            except queue.Empty:
                pass
        return super()._do_get()


def share_tls(engine: Engine) -> None:
    """Let PyMySQL use one TLS context for all connections that have no settings of their own.

    It makes a context for each, even for servers without TLS, and reads the machine's
    certificates for it: ten times the work of everything else that connecting takes.
    """
    if engine.dialect.driver == "pymysql":
        event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, cargs: Any, cparams: Any) -> Any:
    return connection_class()(*cargs, **cparams)


@cache
def connection_class() -> Any:
    """PyMySQL's connection, with that difference."""
    from pymysql.connections import Connection

    class Sharing(Connection):  # type: ignore[misc,unused-ignore]
        _shared: ssl.SSLContext | None = None

        def _create_ssl_ctx(self, sslp: Any) -> Any:
            if sslp:
                return super()._create_ssl_ctx(sslp)
            if Sharing._shared is None:
                Sharing._shared = super()._create_ssl_ctx(sslp)
            return Sharing._shared

    return Sharing
