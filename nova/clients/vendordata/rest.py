"""Vendor data from a file, and over HTTP."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keystoneauth1 import exceptions as ka
from oslo_config import cfg

from nova.clients.login import load_credentials, load_session
from nova.clients.observer import Observer, unobserved
from nova.clients.vendordata.contract import DYNAMIC, STATIC, VendorDataUnavailable
from nova.core.clock import Clock

LOG = logging.getLogger(__name__)
GROUP = "vendordata_dynamic_auth"
HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": "openstack-nova-vendordata",
}
SERVICE = "vendordata"


@dataclass(frozen=True)
class Target:
    name: str
    url: str


def targets(conf: cfg.ConfigOpts) -> tuple[Target, ...]:
    """Of [api]vendordata_dynamic_targets; what has no name is called by nothing."""
    found = []
    for entry in conf.api.vendordata_dynamic_targets:
        name, at, url = entry.partition("@")
        found.append(Target(name, url) if at else Target("", entry))
    return tuple(found)


def connect(
    conf: cfg.ConfigOpts, clock: Clock, *, observer: Observer = unobserved
) -> "ConfiguredVendorData":
    return ConfiguredVendorData(conf, clock, observer)


class ConfiguredVendorData:
    """As [api]vendordata_* say."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, observer: Observer) -> None:
        self._options = conf.api
        self._conf = conf
        self._clock = clock
        self._observer = observer
        self._targets = targets(conf)
        self._ask: Callable[[Target, Mapping[str, Any]], Any] | None = None

    def static(self) -> Any:
        """Read each time: an operator may change it without a restart."""
        path = self._options.vendordata_jsonfile_path
        if STATIC not in self._options.vendordata_providers:
            return None
        if not path:
            return {}
        try:
            return json.loads(Path(path).read_text())
        except (OSError, ValueError) as error:
            LOG.warning("[api]vendordata_jsonfile_path %s is of no use: %s", path, error)
            return {}

    def dynamic(self, server: Mapping[str, Any]) -> dict[str, Any]:
        if DYNAMIC not in self._options.vendordata_providers:
            return {}
        found: dict[str, Any] = {}
        for target in self._targets:
            if target.name in found:
                LOG.warning("Two vendor data services are called %r", target.name)
                continue
            found[target.name] = self._one(target, server)
        return found

    def _one(self, target: Target, server: Mapping[str, Any]) -> Any:
        if self._ask is None:
            self._ask = self._door()
        started = self._clock.monotonic()
        try:
            return self._ask(target, server)
        except (ka.ClientException, ValueError) as error:
            if self._options.vendordata_dynamic_failure_fatal:
                raise VendorDataUnavailable(
                    service=f"Vendor data service {target.name}", reason=str(error)
                ) from error
            LOG.warning("Vendor data service %s at %s: %s", target.name, target.url, error)
            return {}
        finally:
            self._observer(SERVICE, "POST", target.name, 0, self._clock.monotonic() - started)

    def _door(self) -> Callable[[Target, Mapping[str, Any]], Any]:
        """One session for all; it logs in when there is somebody to log in as."""
        options = self._options
        session = load_session(self._conf, GROUP)
        session.verify = options.vendordata_dynamic_ssl_certfile or session.verify
        session.auth = load_credentials(self._conf, GROUP)
        limits = (
            options.vendordata_dynamic_connect_timeout,
            options.vendordata_dynamic_read_timeout or None,
        )

        def ask(target: Target, server: Mapping[str, Any]) -> Any:
            answer = session.request(
                target.url, "POST", json=dict(server), headers=dict(HEADERS), timeout=limits,
                authenticated=session.auth is not None,
            )
            return answer.json() if answer.content else {}

        return ask
