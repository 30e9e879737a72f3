"""The service as a WSGI application."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

import webob
import webob.exc

from nova.errors import NovaError
from nova.metadata import passwords
from nova.metadata.askers import Askers
from nova.metadata.errors import NoSuchPath, PasswordMethod, PasswordTooLong, TroubleUnknown
from nova.metadata.knowledge import Knowledge
from nova.metadata.seams import MetadataSeams
from nova.servers.steps.metadata.paths import AskPassword, Found, NotThere, look_up, parts_of, root
from nova.servers.steps.metadata.subject import Subject

LOG = logging.getLogger(__name__)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class MetadataApp:
    def __init__(self, seams: MetadataSeams) -> None:
        self._seams = seams
        self._askers = Askers(seams)
        self._knowledge = Knowledge(seams)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._answer(webob.Request(environ))(environ, start_response)
        return answer

    def _answer(self, request: webob.Request) -> Any:
        try:
            return _response(self._found(request))
        except NovaError as error:
            return _refusal(error)
        except Exception:
            LOG.exception("%s could not be answered", request.path_info)
            return _refusal(TroubleUnknown())

    def _found(self, request: webob.Request) -> Found:
        if not request.path_info.strip("/"):
            return root()
        address = str(request.remote_addr or "")
        subject = self._knowledge.of(self._askers.find(request.headers, address))
        try:
            return look_up(subject, request.path_info, self._seams.clock.now().date())
        except AskPassword:
            return self._password(request, subject)
        except NotThere:
            LOG.info("There is nothing at %s", "/".join(parts_of(request.path_info)))
            raise NoSuchPath from None

    def _password(self, request: webob.Request, subject: Subject) -> Found:
        uuid = subject.instance.uuid
        if request.method == "GET":
            return Found(passwords.read(subject.instance.system_metadata).encode())
        if request.method != "POST":
            raise PasswordMethod
        if (request.content_length or 0) > passwords.LONGEST:
            raise PasswordTooLong
        # What is remembered may be older than what another one said meanwhile.
        passwords.refuse_second(self._seams.servers.get(uuid).system_metadata)
        said = request.body_file.read(passwords.LONGEST + 1).decode("utf-8", "replace")
        self._seams.servers.keep(uuid, passwords.pieces(said))
        self._knowledge.forget(uuid)
        return Found(b"")


def _response(found: Found) -> webob.Response:
    response = webob.Response(body=found.content)
    response.content_type = found.mime
    response.charset = "UTF-8"
    return response


def _refusal(error: NovaError) -> Any:
    """The service speaks plain text; what failed inside is not for guests."""
    if error.code >= 500 and not isinstance(error, TroubleUnknown):
        LOG.error("A guest could not be answered: %s", error)
        error = TroubleUnknown()
    return webob.exc.status_map[error.code](explanation=error.message)
