"""Holding answers against what is declared of them, as [api]response_validation says."""

import logging
from typing import Any

import jsonschema

from nova.api.openapi.answers import answer_schema
from nova.core.call import Route
from nova.core.shape import Schema
from nova.core.validating import CHECKER, Validator
from nova.errors import NovaError
from nova.microversions import Microversion

LOG = logging.getLogger(__name__)
IGNORE, WARN, ERROR = "ignore", "warn", "error"
# Things of a list that are looked at for a warning: the others are made the same way.
LOOKED_AT = 3


class AnswerMismatch(NovaError):
    template = "The answer of {route} is not what is declared: {reason}"
    code = 500


class AnswerCheck:
    """`mode` is ignore, warn or error; an error looks at the whole of every answer."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._validators: dict[tuple[str, str, str | None, Microversion], Any] = {}

    def __call__(self, route: Route, version: Microversion, status: int, body: Any) -> None:
        """Raise AnswerMismatch, or log it."""
        if self._mode == IGNORE or not 200 <= status < 300:
            return
        validator = self._validator(route, version)
        if validator is None:
            return
        shown = body if self._mode == ERROR else _begun(body)
        wrong = next(validator.iter_errors(shown), None)
        if wrong is not None:
            self._tell(route, wrong)

    def _tell(self, route: Route, wrong: jsonschema.ValidationError) -> None:
        where = "/".join(str(part) for part in wrong.absolute_path)
        mismatch = AnswerMismatch(
            route=f"{route.method} {route.path} {route.action or ''}".strip(),
            reason=f"{where}: {wrong.message}",
        )
        if self._mode == ERROR:
            raise mismatch
        LOG.warning("%s", mismatch.message)

    def _validator(self, route: Route, version: Microversion) -> Any:
        key = (route.method, route.path, route.action, version)
        if key not in self._validators:
            schema = answer_schema(route, version)
            self._validators[key] = None if schema is None else _compiled(schema)
        return self._validators[key]


def _compiled(schema: Schema) -> Any:
    return Validator(schema, format_checker=CHECKER)


def _begun(body: Any) -> Any:
    """The body with the beginnings of its lists."""
    if not isinstance(body, dict):
        return body
    return {
        key: value[:LOOKED_AT] if isinstance(value, list) else value
        for key, value in body.items()
    }
