"""Tokens: opaque random strings, each a row that says who and for what.

What a token is worth (roles, catalogue, whether its user is still enabled) is
computed when it is looked at, so that a withdrawn role counts at once; the
result is kept until any account or catalogue row changes.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.standalone.auth import Caller, InvalidToken
from nova.standalone.identity import tables as t
from nova.standalone.identity.grants import Scope
from nova.standalone.identity.token_body import describe
from nova.standalone.storage import Store, first
from nova.standalone.timestamps import parse, precise

# How long after its end a service may still vouch for a token (Keystone's default).
EXPIRED_WINDOW = timedelta(hours=48)
CACHED = 4096


@dataclass(frozen=True, slots=True)
class Grant:
    """What was asked for and proven at login."""

    user_id: str
    methods: tuple[str, ...]
    scope: Scope
    issued_at: datetime
    expires_at: datetime
    audit_ids: tuple[str, ...]
    application_credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """A token looked at: its grant, Keystone's document of it, and the caller."""

    grant: Grant
    body: dict[str, Any]
    caller: Caller
    changes: int


class Tokens:
    """Issues, reads and revokes. Thread safe."""

    def __init__(self, store: Store, clock: Clock, lifetime: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._lifetime = lifetime
        self._cache: dict[str, Worth] = {}

    def grant(
        self,
        user_id: str,
        methods: tuple[str, ...],
        scope: Scope,
        parent: Grant | None = None,
        application_credential_id: str | None = None,
    ) -> Grant:
        """A grant from now on; one from a `parent` token ends when that ends."""
        now = self._clock.now()
        own = secrets.token_urlsafe(16)
        return Grant(
            user_id,
            methods,
            scope,
            now,
            parent.expires_at if parent else now + self._lifetime,
            (own, parent.audit_ids[-1]) if parent else (own,),
            application_credential_id,
        )

    def issue(self, grant: Grant) -> tuple[str, Worth]:
        """The token and its worth; InvalidToken when the grant is worth nothing."""
        token = secrets.token_urlsafe(32)
        with self._store.write(counts=False) as connection:
            worth = self._worth(connection, grant)
            connection.execute(sa.insert(t.TOKENS).values(_row(token, grant)))
            self._purge(connection)
        self._keep(_digest(token), worth)
        return token, worth

    def look(self, token: str, allow_expired: bool = False) -> Worth:
        """What the token is worth now; raises InvalidToken."""
        digest = _digest(token)
        worth = self._cache.get(digest)
        if worth is None or worth.changes != self._store.changes:
            worth = self._read(digest)
            self._keep(digest, worth)
        limit = worth.grant.expires_at + (EXPIRED_WINDOW if allow_expired else timedelta())
        if self._clock.now() >= limit:
            raise InvalidToken
        return worth

    def validate(self, token: str, allow_expired: bool = False) -> Caller:
        """The TokenValidator of the services in this process."""
        return replace(self.look(token, allow_expired).caller, token=token)

    def revoke(self, token: str) -> None:
        with self._store.write() as connection:
            connection.execute(sa.delete(t.TOKENS).where(t.TOKENS.c.digest == _digest(token)))

    def _read(self, digest: str) -> Worth:
        with self._store.read() as connection:
            row = first(connection, sa.select(t.TOKENS).where(t.TOKENS.c.digest == digest))
            if row is None:
                raise InvalidToken
            return self._worth(connection, _grant(row))

    def _worth(self, connection: sa.Connection, grant: Grant) -> Worth:
        changes = self._store.changes
        body = describe(connection, grant.user_id, grant.scope, grant.application_credential_id)
        body |= {
            "methods": list(grant.methods),
            "issued_at": precise(grant.issued_at),
            "expires_at": precise(grant.expires_at),
            "audit_ids": list(grant.audit_ids),
        }
        return Worth(grant, body, _caller(body), changes)

    def _keep(self, digest: str, worth: Worth) -> None:
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache[digest] = worth

    def _purge(self, connection: sa.Connection) -> None:
        gone = precise(self._clock.now() - EXPIRED_WINDOW)
        connection.execute(sa.delete(t.TOKENS).where(t.TOKENS.c.expires_at < gone))


def revoke_all(connection: sa.Connection, user_id: str) -> None:
    """End every token of a user, inside the caller's (counting) transaction."""
    connection.execute(sa.delete(t.TOKENS).where(t.TOKENS.c.user_id == user_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _row(token: str, grant: Grant) -> dict[str, Any]:
    return {
        "digest": _digest(token),
        "user_id": grant.user_id,
        "methods": list(grant.methods),
        "scope_kind": grant.scope.kind,
        "scope_id": grant.scope.id,
        "audit_ids": list(grant.audit_ids),
        "issued_at": precise(grant.issued_at),
        "expires_at": precise(grant.expires_at),
        "application_credential_id": grant.application_credential_id,
    }


def _grant(row: dict[str, Any]) -> Grant:
    return Grant(
        row["user_id"],
        tuple(row["methods"]),
        Scope(row["scope_kind"], row["scope_id"]),
        parse(row["issued_at"]),
        parse(row["expires_at"]),
        tuple(row["audit_ids"]),
        row["application_credential_id"],
    )


def _caller(body: dict[str, Any]) -> Caller:
    return Caller(
        user_id=body["user"]["id"],
        project_id=body.get("project", {}).get("id"),
        domain_id=body.get("domain", {}).get("id"),
        system="system" in body,
        roles=frozenset(role["name"] for role in body.get("roles", ())),
    )
