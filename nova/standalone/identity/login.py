"""POST /v3/auth/tokens: proves who asks and finds what the token is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.standalone.auth import InvalidToken
from nova.standalone.identity import tables as t
from nova.standalone.identity.grants import SYSTEM, UNSCOPED, Scope, effective_roles
from nova.standalone.identity.passwords import Verifier
from nova.standalone.identity.tokens import Grant, Tokens
from nova.standalone.storage import Store, first
from nova.standalone.timestamps import parse
from nova.standalone.web.fault import Fault, bad_request

DENIED = "The request you have made requires authentication."
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A user who has proven to be it, and what came with the proof."""

    user_id: str
    scope: Scope | None = None
    parent: Grant | None = None
    credential_id: str | None = None


class Login:
    def __init__(self, store: Store, tokens: Tokens, verifier: Verifier, clock: Clock) -> None:
        self._store = store
        self._tokens = tokens
        self._verifier = verifier
        self._clock = clock
        self._methods = {
            "password": self._password,
            "token": self._token,
            "application_credential": self._credential,
        }

    def grant(self, auth: Document) -> Grant:
        """The grant for an `auth` object; Fault 400 or 401 when there is none."""
        identity = _object(auth, "identity")
        methods = identity.get("methods") or []
        if not methods or not isinstance(methods, list):
            raise bad_request("Expecting to find methods in identity.")
        with self._store.read() as connection:
            proof = self._prove(connection, identity, methods)
            scope = proof.scope or self._scope(connection, auth.get("scope"), proof.user_id)
        parent_methods = proof.parent.methods if proof.parent else ()
        known = tuple(dict.fromkeys((*methods, *parent_methods)))
        return self._tokens.grant(proof.user_id, known, scope, proof.parent, proof.credential_id)

    def _prove(self, connection: sa.Connection, identity: Document, methods: Any) -> _Proof:
        proofs = []
        for method in methods:
            if method not in self._methods:
                raise denied()
            proofs.append(self._methods[method](connection, _object(identity, method)))
        if len({proof.user_id for proof in proofs}) != 1:
            raise denied()
        return proofs[0]

    def _password(self, connection: sa.Connection, given: Document) -> _Proof:
        asked = _object(given, "user")
        user = find_user(connection, asked)
        password = asked.get("password")
        if user is None or not isinstance(password, str):
            raise denied()
        if not self._verifier.verify(password, user["password_hash"]):
            raise denied()
        return _Proof(user["id"])

    def _token(self, connection: sa.Connection, given: Document) -> _Proof:
        try:
            worth = self._tokens.look(str(given.get("id")))
        except InvalidToken:
            raise denied() from None
        if worth.grant.application_credential_id:
            raise denied()
        return _Proof(worth.grant.user_id, parent=worth.grant)

    def _credential(self, connection: sa.Connection, given: Document) -> _Proof:
        found = _find_credential(connection, given)
        if found is None or not self._verifier.verify(
            str(given.get("secret")), found["secret_hash"]
        ):
            raise denied()
        if found["expires_at"] and parse(found["expires_at"]) <= self._clock.now():
            raise denied()
        scope = Scope("project", found["project_id"])
        return _Proof(found["user_id"], scope=scope, credential_id=found["id"])

    def _scope(self, connection: sa.Connection, asked: Any, user_id: str) -> Scope:
        if asked is None:
            return _default_scope(connection, user_id)
        if asked == "unscoped" or "unscoped" in asked:
            return UNSCOPED
        if "system" in asked:
            return SYSTEM
        for kind, table in (("project", t.PROJECTS), ("domain", t.DOMAINS)):
            if kind in asked:
                found = find(connection, table, _object(asked, kind))
                if found is None:
                    raise denied()
                return Scope(kind, found["id"])
        raise bad_request("Expecting to find a scope of project, domain or system.")


def denied() -> Fault:
    return Fault(401, DENIED)


def find(connection: sa.Connection, table: sa.Table, asked: Document) -> dict[str, Any] | None:
    """A row by {"id"} or by {"name", "domain": {"id" or "name"}}."""
    query = sa.select(table)
    if "id" in asked:
        return first(connection, query.where(table.c.id == asked["id"]))
    query = query.where(table.c.name == asked.get("name"))
    if "domain_id" not in table.c:
        return first(connection, query)
    domain = find(connection, t.DOMAINS, _object(asked, "domain"))
    if domain is None:
        return None
    return first(connection, query.where(table.c.domain_id == domain["id"]))


def find_user(connection: sa.Connection, asked: Document) -> dict[str, Any] | None:
    return find(connection, t.USERS, asked)


def _find_credential(connection: sa.Connection, given: Document) -> dict[str, Any] | None:
    table = t.APPLICATION_CREDENTIALS
    if "id" in given:
        return first(connection, sa.select(table).where(table.c.id == given["id"]))
    user = find_user(connection, _object(given, "user"))
    if user is None:
        return None
    return first(
        connection,
        sa.select(table).where(table.c.user_id == user["id"], table.c.name == given.get("name")),
    )


def _default_scope(connection: sa.Connection, user_id: str) -> Scope:
    user = first(connection, sa.select(t.USERS).where(t.USERS.c.id == user_id))
    wanted = Scope("project", user["default_project_id"] if user else None)
    if wanted.id and effective_roles(connection, user_id, wanted):
        return wanted
    return UNSCOPED


def _object(parent: Document, name: str) -> Document:
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise bad_request(
            f"Expecting to find {name} in request. The server could not comply with the "
            "request since it is either malformed or otherwise incorrect. The client is "
            "assumed to be in error."
        )
    return value
