"""One HTTP call to another service: credentials, retries, time limits, a look at it."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import requests
from keystoneauth1 import exceptions as ka
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from nova.clients.errors import TokenRejected
from nova.clients.login import Login
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience, Tries
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import Unavailable

LOG = logging.getLogger(__name__)
T = TypeVar("T")

REQUEST_ID = "X-Openstack-Request-Id"
CHUNK_BYTES = 1 << 18
_USUAL = Patience()


@dataclass(frozen=True)
class Call:
    """What to send.  `path` has {names} that `ids` fill in.

    `data` (bytes to stream) can be sent once only.  `stream` leaves the answer's
    body to be read by its user.
    """

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Sequence[tuple[str, str]] = ()
    body: Any = None
    data: Iterable[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: bool = False

    @property
    def url(self) -> str:
        path = self.path.format(**{name: quote(value, safe="") for name, value in self.ids.items()})
        return f"{path}?{urlencode(self.query)}" if self.query else path

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice is the same as once."""
        return self.method != "POST" and self.data is None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    response: requests.Response

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def text(self) -> str:
        return self.response.text

    def json(self) -> Any:
        return json.loads(self.response.content)

    def chunks(self) -> Iterator[bytes]:
        """The body, bit by bit; closing gives the connection up."""
        try:
            yield from self.response.iter_content(CHUNK_BYTES)
        finally:
            self.response.close()


class ServiceHttp:
    """Calls to one service."""

    def __init__(
        self,
        service: str,
        login: Login,
        clock: Clock,
        *,
        unavailable: type[Unavailable] = Unavailable,
        observer: Observer = unobserved,
        patience: Patience = _USUAL,
    ) -> None:
        self.service = service
        self._login = login
        self._clock = clock
        self._unavailable = unavailable
        self._observer = observer
        self._patience = patience

    def send(self, context: RequestContext, call: Call, *, as_user: bool = False) -> Answer:
        """The answer, whatever it says below 500.

        With `as_user` the context's token is used, when it has one.  Raises
        TokenRejected when that token is refused, and the service's Unavailable
        when there is no answer, our own credentials are refused, or the
        service has an error of its own.
        """
        token = context.auth_token if as_user else None
        answer = self._persist(context, call, token)
        if answer.status == 401:
            raise self._refused(token)
        if answer.status >= 500:
            raise self._down(f"{call.method} {call.path} gave {answer.status}: {reason(answer)}")
        return answer

    def address(self, context: RequestContext) -> str:
        """Where the service is; raises its Unavailable when no catalogue tells."""
        found = self.guarded(lambda: self._login.endpoint(context))
        if found is None:
            raise self._down("no catalogue says where it is")
        return found

    def streamed(self, answer: Answer) -> Iterator[bytes]:
        """The body bit by bit; a connection that breaks is the service's failure."""
        try:
            yield from answer.chunks()
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise self._down(f"the transfer broke: {error}") from error

    def guarded(self, ask: Callable[[], T]) -> T:
        """Something asked of the login itself, with the same failures as a call."""
        try:
            return ask()
        except ka.ClientException as error:
            raise self._down(f"cannot log in: {error}") from error

    def _persist(self, context: RequestContext, call: Call, token: str | None) -> Answer:
        tries = Tries(self._patience)
        reads, once = call.method == "GET", call.data is not None
        while True:
            try:
                answer = self._once(context, call, token)
                pause = tries.after_status(answer.status, reads=reads, once=once)
                if pause is None:
                    return answer
            except ka.ConnectionError as error:
                may = call.repeatable or _never_sent(error)
                pause = tries.after_failure() if may else None
                if pause is None:
                    raise self._down(str(error)) from error
                LOG.info("%s: %s; trying again", self.service, error)
            except ka.ClientException as error:
                raise self._down(f"cannot log in: {error}") from error
            self._clock.sleep(pause)

    def _once(self, context: RequestContext, call: Call, token: str | None) -> Answer:
        started, status = self._clock.monotonic(), 0
        try:
            response = self._transfer(context, call, token)
            status = response.status_code
            return Answer(status, response.headers, response)
        finally:
            spent = self._clock.monotonic() - started
            self._observer(self.service, call.method, call.path, status, spent)

    def _transfer(
        self, context: RequestContext, call: Call, token: str | None
    ) -> requests.Response:
        endpoint = self._login.endpoint(context)
        if endpoint is None:
            raise self._down("no catalogue says where it is")
        headers = {
            "Accept": "application/json",
            REQUEST_ID: context.global_request_id or context.request_id,
            **call.headers,
        }
        options: dict[str, Any] = {"authenticated": False, "stream": call.stream}
        if token:
            headers.update(self._login.user_headers(token))
        elif self._login.credentials is not None:
            options.update(authenticated=True, auth=self._login.credentials)
        if call.data is not None:
            options["data"] = call.data
        return self._login.session.request(
            endpoint + call.url,
            call.method,
            json=call.body,
            headers=headers,
            raise_exc=False,
            log=call.data is None and not call.stream,
            **options,
        )

    def _refused(self, token: str | None) -> Exception:
        if token:
            return TokenRejected(service=self.service)
        return self._down("it does not accept our credentials")

    def _down(self, why: str) -> Unavailable:
        return self._unavailable(service=self.service, reason=why)


def reason(answer: Answer) -> str:
    """What the service says went wrong, in its own words."""
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:300] or f"HTTP {answer.status}"
    return _sentence(body) or f"HTTP {answer.status}"


def _sentence(body: Any) -> str:
    """The first sentence found in an error body of any of the services."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return _sentence(body[0]) if body else ""
    if isinstance(body, dict):
        for name in ("message", "detail", "title"):
            if isinstance(body.get(name), str):
                return str(body[name])
        return next((found for part in body.values() if (found := _sentence(part))), "")
    return ""


def _never_sent(error: BaseException) -> bool:
    """Whether the connection was not even made: then any call may be repeated."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.exceptions.ConnectTimeout):
            return True
        inner = cause.args[0] if cause.args else None
        why = getattr(inner, "reason", None)
        if isinstance(why, (NewConnectionError, ConnectTimeoutError)):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
