"""From a message to a method, the same on every bus."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova.context import RequestContext
from nova.errors import NovaError
from nova.rpc import serializer
from nova.rpc.contract import UnknownMethod

LOG = logging.getLogger(__name__)


def public_method(endpoint: object, topic: str, method: str) -> Callable[..., Any]:
    found = None if method.startswith("_") else getattr(endpoint, method, None)
    if not callable(found):
        raise UnknownMethod(method=method, topic=topic)
    return found


def handle(
    endpoint: object, topic: str, method: str, context: RequestContext, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The wire form of what the method answered or of why it refused."""
    try:
        found = public_method(endpoint, topic, method)
        return serializer.answer(found(context, **serializer.decode(arguments)))
    except NovaError as error:
        LOG.info("%s refused: %s", method, error)
        return serializer.refusal(error)
    except Exception as error:
        LOG.exception("%s failed", method)
        return serializer.refusal(error)
