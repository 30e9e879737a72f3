"""Options that libraries own, by the group an operator writes them in.

A library is loaded only when a configuration file speaks to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from oslo_config import cfg


@dataclass(frozen=True)
class Library:
    """`path` is "module:function"; the function lists (group, options) pairs.

    `uniform` libraries have the same options in each of their groups.
    """

    path: str
    groups: frozenset[str]
    uniform: bool = False

    def options(self) -> Iterator[tuple[str, list[cfg.Opt]]]:
        """Groups and their options; nothing when the library is not installed."""
        module, function = self.path.split(":")
        try:
            pairs = getattr(import_module(module), function)()
        except ImportError:
            return
        for group, options in pairs:
            for name in self._names(group):
                yield name, list(options)

    def _names(self, group: cfg.OptGroup | str | None) -> Iterable[str]:
        return self.groups if self.uniform else self.groups & {_group_name(group)}


def _group_name(group: cfg.OptGroup | str | None) -> str:
    return str(getattr(group, "name", group) or "DEFAULT")


def _library(path: str, *groups: str, uniform: bool = False) -> Library:
    return Library(path, frozenset(groups), uniform)


# Cheap ones first: loading stops as soon as every option is known.
LIBRARIES = (
    _library("oslo_log._options:list_opts", "DEFAULT"),
    _library("oslo_concurrency.opts:list_opts", "oslo_concurrency"),
    _library("oslo_limit.opts:list_opts", "oslo_limit"),
    _library("oslo_policy.opts:list_opts", "oslo_policy"),
    _library("oslo_reports.opts:list_opts", "oslo_reports"),
    _library("oslo_cache._opts:list_opts", "cache"),
    _library("oslo_versionedobjects._options:list_opts", "oslo_versionedobjects"),
    _library(
        "oslo_middleware.opts:list_opts",
        "cors",
        "healthcheck",
        "oslo_middleware",
        "oslo_middleware_tracing",
    ),
    _library("nova.virt.fake.options:list_opts", "fake"),
    _library("os_brick.opts:list_opts", "os_brick"),
    _library("os_brick.initiator.connectors.lightos:list_opts", "os_brick"),
    _library("os_vif.opts:list_plugins_opts", "os_vif_linux_bridge", "os_vif_noop", "os_vif_ovs"),
    _library(
        "castellan.options:list_opts", "barbican", "barbican_service_user", "key_manager", "vault"
    ),
    _library("osprofiler.opts:list_opts", "profiler", "profiler_jaeger", "profiler_otlp"),
    _library("keystonemiddleware.auth_token._opts:list_opts", "keystone_authtoken"),
    _library("keystonemiddleware.audit:list_opts", "audit_middleware_notifications"),
    _library(
        "oslo_privsep.priv_context:_list_opts",
        "nova_sys_admin",
        "privsep",
        "privsep_osbrick",
        "vif_plug_linux_bridge_privileged",
        "vif_plug_ovs_privileged",
        uniform=True,
    ),
    _library("oslo_service.service:list_opts", "DEFAULT"),
    _library(
        "oslo_messaging.opts:list_opts",
        "DEFAULT",
        "oslo_messaging_kafka",
        "oslo_messaging_metrics",
        "oslo_messaging_notifications",
        "oslo_messaging_rabbit",
    ),
)
