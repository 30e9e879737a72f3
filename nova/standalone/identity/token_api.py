"""/v3/auth: tokens, and what their bearers may scope to."""

from typing import Any

from nova.standalone.auth import InvalidToken
from nova.standalone.identity.catalog import catalog
from nova.standalone.identity.collection import Collection
from nova.standalone.identity.errors import denied_action, missing
from nova.standalone.identity.grants import SYSTEM, direct_roles, targets
from nova.standalone.identity.login import Login, denied
from nova.standalone.identity.resources import DOMAIN, PROJECT
from nova.standalone.identity.tokens import Tokens, Worth
from nova.standalone.storage import Store
from nova.standalone.web.application import Call, Route, json_response

SUBJECT = "X-Subject-Token"


class TokenApi:
    def __init__(self, store: Store, tokens: Tokens, login: Login) -> None:
        self._store = store
        self._tokens = tokens
        self._login = login

    def routes(self) -> tuple[Route, ...]:
        path = "/v3/auth/tokens"
        return (
            Route("POST", path, self.issue, 201, public=True),
            Route("GET", path, self.validate),
            Route("DELETE", path, self.revoke, 204),
            Route("GET", "/v3/auth/catalog", self.catalog),
            Route("GET", "/v3/auth/projects", self.projects),
            Route("GET", "/v3/auth/domains", self.domains),
            Route("GET", "/v3/auth/system", self.system),
        )

    def issue(self, call: Call) -> Any:
        grant = self._login.grant(call.part("auth"))
        try:
            token, worth = self._tokens.issue(grant)
        except InvalidToken:
            raise denied() from None
        return _document(call, token, worth, 201)

    def validate(self, call: Call) -> Any:
        subject = self._subject(call, "validate_token")
        allow_expired = call.query.get("allow_expired") in ("1", "true", "True")
        return _document(call, subject, self._look(subject, allow_expired), 200)

    def revoke(self, call: Call) -> None:
        subject = self._subject(call, "revoke_token")
        self._look(subject)
        self._tokens.revoke(subject)

    def catalog(self, call: Call) -> dict[str, Any]:
        with self._store.read() as connection:
            found = catalog(connection, call.caller.project_id)
        return {"catalog": found, "links": {"self": f"{call.host_url}/v3/auth/catalog"}}

    def projects(self, call: Call) -> dict[str, Any]:
        return self._targets(call, "project", Collection(PROJECT, self._store))

    def domains(self, call: Call) -> dict[str, Any]:
        return self._targets(call, "domain", Collection(DOMAIN, self._store))

    def system(self, call: Call) -> dict[str, Any]:
        with self._store.read() as connection:
            held = direct_roles(connection, str(call.caller.user_id), SYSTEM)
        return {"system": [{"all": True}] if held else []}

    def _targets(self, call: Call, kind: str, collection: Collection) -> dict[str, Any]:
        with self._store.read() as connection:
            found = targets(connection, str(call.caller.user_id), kind)
        return collection.page(call, found)

    def _subject(self, call: Call, action: str) -> str:
        subject = call.request.headers.get(SUBJECT)
        if not subject:
            raise missing("token", "None")
        caller = call.caller
        if not (caller.is_admin or caller.is_service or subject == caller.token):
            raise denied_action(f"identity:{action}")
        return str(subject)

    def _look(self, token: str, allow_expired: bool = False) -> Worth:
        try:
            return self._tokens.look(token, allow_expired)
        except InvalidToken:
            raise missing("token", "the subject token is not valid") from None


def _document(call: Call, token: str, worth: Worth, status: int) -> Any:
    body = worth.body
    if "nocatalog" in call.query:
        body = {key: value for key, value in body.items() if key != "catalog"}
    return json_response({"token": body}, status, {SUBJECT: token, "Vary": "X-Auth-Token"})
