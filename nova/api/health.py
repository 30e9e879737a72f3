"""Whether this process can do its work, as it is right now."""

import json
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol

from oslo_config import cfg

from nova.api.wsgi import Environ, StartResponse, Wsgi
from nova.conf.files import files_of, mentions
from nova.errors import NovaError
from nova.objects.store import Stores

# A check raises when what it looks at does not work.
Check = Callable[[], None]


class WithStores(Protocol):
    @property
    def stores(self) -> Stores: ...


def store_checks(seams: WithStores) -> dict[str, Check]:
    return {"api database": lambda: seams.stores.api.ping(), "cells": lambda: _cells(seams.stores)}


class CellsSilent(NovaError):
    template = "{reasons}"
    code = 503


def _cells(stores: Stores) -> None:
    answers = stores.each(lambda cell: cell.ping())
    silent = {uuid: str(said) for uuid, said in answers.items() if isinstance(said, Exception)}
    if silent:
        raise CellsSilent(reasons="; ".join(f"{uuid}: {why}" for uuid, why in silent.items()))


def health(checks: Mapping[str, Check]) -> Wsgi:
    """200 when all checks pass, else 503; the JSON says which did not, and why."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        results = {name: _run(check) for name, check in checks.items()}
        healthy = all(result["ok"] for result in results.values())
        body = json.dumps({"healthy": healthy, "checks": results}).encode()
        start_response(
            "200 OK" if healthy else "503 Service Unavailable",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    return answer


def _run(check: Check) -> dict[str, Any]:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason
        return {"ok": False, "reason": f"{type(error).__name__}: {error}"}
    return {"ok": True}


def healthcheck(conf: cfg.ConfigOpts) -> Wsgi:
    """For load balancers: alive, and whatever else group [healthcheck] asks for."""
    if not any(mention.group == "healthcheck" for mention in mentions(files_of(conf))):
        return _alive
    # Loaded only where it is used: it brings a template language with it.
    library = import_module("oslo_middleware.healthcheck")
    page: Wsgi = library.Healthcheck(None, conf)
    return page


def _alive(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain; charset=UTF-8")])
    return [b"OK"]
