"""The consoles there are: how they are called, and what shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from oslo_config import cfg

from nova.virt.contract import Driver, Screen


def _plain(token: str) -> Mapping[str, str]:
    return {"token": token}


def _as_path(token: str) -> Mapping[str, str]:
    """noVNC takes the token as part of the path of its web socket."""
    return {"path": f"?{urlencode({'token': token})}"}


@dataclass(frozen=True)
class Kind:
    """One type of console of one protocol.

    `enabled` and `base_url` are what the host's options say; `screen` the driver's part.
    """

    protocol: str
    enabled: Callable[[cfg.ConfigOpts], bool]
    base_url: Callable[[cfg.ConfigOpts], str]
    screen: Callable[[Driver], Screen | None]
    query: Callable[[str], Mapping[str, str]] = _plain

    def url(self, base: str, token: str) -> str:
        """Where the user goes with the token."""
        return f"{base}?{urlencode(self.query(token))}"


def _spice(base_url: Callable[[cfg.ConfigOpts], str]) -> Kind:
    return Kind("spice", lambda conf: conf.spice.enabled, base_url, lambda driver: driver.spice)


def _none(driver: Any) -> None:
    """No hypervisor of ours has it."""


KINDS: dict[str, Kind] = {
    "novnc": Kind(
        "vnc", lambda conf: conf.vnc.enabled, lambda conf: conf.vnc.novncproxy_base_url,
        lambda driver: driver.vnc, _as_path,
    ),
    "spice-html5": _spice(lambda conf: conf.spice.html5proxy_base_url),
    "spice-direct": _spice(lambda conf: conf.spice.spice_direct_proxy_base_url),
    "serial": Kind(
        "serial", lambda conf: conf.serial_console.enabled,
        lambda conf: conf.serial_console.base_url, lambda driver: driver.serial,
    ),
    "webmks": Kind(
        "mks", lambda conf: conf.mks.enabled, lambda conf: conf.mks.mksproxy_base_url, _none
    ),
}  # fmt: skip


def enabled(conf: cfg.ConfigOpts, protocol: str) -> bool:
    """Whether the host offers consoles of the protocol at all."""
    return any(kind.enabled(conf) for kind in KINDS.values() if kind.protocol == protocol)
