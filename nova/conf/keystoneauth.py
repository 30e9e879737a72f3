"""Options with which clients of other services log in and find their endpoint.

The library keystoneauth1 defines them.  It is loaded here and not at import time,
because a process picks its concurrency backend before it loads any HTTP library.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

from oslo_config import cfg

# The plugin whose options are shown in the sample file.
_SAMPLE_PLUGIN = "v3password"


@dataclass(frozen=True)
class ServiceLogin:
    """How one group reaches its service.

    `service_type` is None for groups that only hold credentials;  `auth` is False
    for services that are called with the credentials of the user.
    """

    group: str
    service_type: str | None = None
    auth: bool = True
    session: bool = True


LOGINS = (
    ServiceLogin("cinder"),
    ServiceLogin("cyborg", "accelerator", auth=False),
    ServiceLogin("glance", "image", auth=False),
    ServiceLogin("ironic", "baremetal"),
    ServiceLogin("keystone", "identity"),
    ServiceLogin("manila", "shared-file-system"),
    ServiceLogin("neutron", "network"),
    ServiceLogin("placement", "placement"),
    ServiceLogin("service_user"),
    ServiceLogin("vendordata_dynamic_auth"),
)


def auth_groups() -> frozenset[str]:
    """Groups in which `auth_type` chooses a plugin with options of its own."""
    return frozenset(login.group for login in LOGINS if login.auth)


def options(login: ServiceLogin) -> list[cfg.Opt]:
    """All options of one group that do not depend on the auth plugin."""
    found: list[cfg.Opt] = []
    for wanted, collect in _parts(login):
        if wanted:
            found.extend(collect())
    return found


def register(conf: cfg.ConfigOpts) -> None:
    """Make the login options of all groups readable."""
    for login in LOGINS:
        conf.register_opts(options(login), group=login.group)
        if login.service_type is not None:
            conf.set_default("service_type", login.service_type, group=login.group)
            conf.set_default("valid_interfaces", ["internal", "public"], group=login.group)


def is_plugin(auth_type: str) -> bool:
    """Whether `auth_type` names an installed auth plugin; loads none of them."""
    return bool(metadata.entry_points(group="keystoneauth1.plugin", name=auth_type))


def plugin_options(auth_type: str) -> list[cfg.Opt]:
    """Options of an auth plugin by name; empty when there is no such plugin."""
    from keystoneauth1 import loading

    if not is_plugin(auth_type):
        return []
    return list(loading.get_auth_plugin_conf_options(auth_type))


def common_options() -> list[cfg.Opt]:
    """`auth_type` and `auth_section`."""
    from keystoneauth1 import loading

    return list(loading.get_auth_common_conf_options())


def sample_plugin_options(login: ServiceLogin) -> list[cfg.Opt]:
    """Options of the usual plugin, for the sample file."""
    return plugin_options(_SAMPLE_PLUGIN) if login.auth else []


def _parts(login: ServiceLogin) -> Sequence[tuple[bool, Callable[[], list[cfg.Opt]]]]:
    from keystoneauth1 import loading

    return (
        (login.auth, loading.get_auth_common_conf_options),
        (login.session, loading.get_session_conf_options),
        (login.service_type is not None, _adapter_options),
    )


def _adapter_options() -> list[cfg.Opt]:
    from keystoneauth1 import loading

    return list(loading.get_adapter_conf_options(include_deprecated=False))
