"""The identity service put together."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from nova.core.clock import Clock
from nova.standalone.auth import TokenHeader
from nova.standalone.identity import tables as t
from nova.standalone.identity.assignments import Grants, RoleAssignments
from nova.standalone.identity.collection import Collection
from nova.standalone.identity.errors import render
from nova.standalone.identity.limits import LIMIT, REGISTERED, LimitCollection, LimitModel
from nova.standalone.identity.login import DENIED, Login
from nova.standalone.identity.passwords import Verifier
from nova.standalone.identity.resources import RESOURCES
from nova.standalone.identity.seed import Seed, plant
from nova.standalone.identity.token_api import TokenApi
from nova.standalone.identity.tokens import Tokens
from nova.standalone.identity.user_api import ApplicationCredentials, UserApi
from nova.standalone.identity.versions import Versions
from nova.standalone.storage import Store
from nova.standalone.web.application import Application, Face, Route

TOKEN_LIFETIME = timedelta(hours=24)


class _Part(Protocol):
    def routes(self) -> tuple[Route, ...]: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """`tokens` is the TokenValidator of the other services in this process."""

    app: Application
    tokens: Tokens
    store: Store


def build_identity(
    seed: Seed, clock: Clock, path: Path | None = None, lifetime: timedelta = TOKEN_LIFETIME
) -> Identity:
    """Open (or make) the database at `path`, in memory when None, and seed it."""
    store = Store(t.METADATA, path)
    with store.write() as connection:
        plant(connection, seed)
    tokens = Tokens(store, clock, lifetime)
    return Identity(_application(store, tokens, clock), tokens, store)


def _application(store: Store, tokens: Tokens, clock: Clock) -> Application:
    verifier = Verifier()
    parts: tuple[_Part, ...] = (
        Versions(),
        TokenApi(store, tokens, Login(store, tokens, verifier, clock)),
        UserApi(store, verifier),
        ApplicationCredentials(store),
        Grants(store),
        RoleAssignments(store),
        LimitModel(),
        *(LimitCollection(resource, store) for resource in (REGISTERED, LIMIT)),
        *(Collection(resource, store) for resource in RESOURCES),
    )
    routes = [route for part in parts for route in part.routes()]
    return Application(routes, Face(TokenHeader(tokens, DENIED), render))
