"""The configuration files of a small cloud, written at each start.

`nova-manage --config-file DIR/nova.conf` and the like work with them, too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

from nova.standalone.settings import DRIVERS, Wishes

REGION = "RegionOne"
Groups = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs without paths, as the ports turned out."""

    identity: str
    compute: str
    placement: str
    metadata: str


@dataclass(frozen=True, slots=True)
class Files:
    nova: Path
    placement: Path


def write(wishes: Wishes, addresses: Addresses, password: str, metadata_secret: str) -> Files:
    """Readable by their owner only."""
    files = Files(wishes.state / "nova.conf", wishes.state / "placement.conf")
    _write(files.nova, _nova(wishes, addresses, password, metadata_secret))
    _write(files.placement, _placement(wishes, addresses, password))
    return files


def database(wishes: Wishes, name: str) -> str:
    """URL of one of nova_api, nova_cell0, nova_cell1, placement."""
    return f"sqlite:///{wishes.state}/{name}.sqlite"


def _nova(
    wishes: Wishes, addresses: Addresses, password: str, metadata_secret: str
) -> Groups:
    login = _login(addresses, "nova", password)
    return {
        "DEFAULT": {
            # Nothing listens there: within one process messages need no broker.
            "transport_url": "none:///",
            "my_ip": wishes.host,
            "metadata_listen": wishes.host,
            "metadata_listen_port": urlparse(addresses.metadata).port,
            "state_path": wishes.state,
            "log_file": wishes.state / "nova.log",
            "use_stderr": False,
            "debug": wishes.debug,
            "compute_driver": DRIVERS[wishes.driver],
            "instances_path": wishes.state / "instances",
            "reserved_host_memory_mb": 0,
            "manager_shutdown_timeout": 10,
        },
        "api_database": {"connection": database(wishes, "nova_api")},
        "database": {"connection": database(wishes, "nova_cell1")},
        "fake": {"state_directory": wishes.state / "guests"},
        "oslo_concurrency": {"lock_path": wishes.state / "lock"},
        "keystone": login,
        "keystone_authtoken": _guard(addresses, "nova", password),
        "placement": _login(addresses, "placement", password),
        "neutron": _login(addresses, "neutron", password)
        | {
            "service_metadata_proxy": True,
            "metadata_proxy_shared_secret": _escaped(metadata_secret),
        },
        "glance": {"region_name": REGION},
        "service_user": _account(addresses, "nova", password) | {"send_service_user_token": True},
        "vnc": {"server_listen": wishes.host},
    }


def _placement(wishes: Wishes, addresses: Addresses, password: str) -> Groups:
    return {
        "placement_database": {
            "connection": database(wishes, "placement"),
            "sync_on_startup": True,
        },
        "keystone_authtoken": _guard(addresses, "placement", password),
    }


def _guard(addresses: Addresses, user: str, password: str) -> dict[str, object]:
    return _login(addresses, user, password) | {
        "www_authenticate_uri": f"{addresses.identity}/v3",
        "service_token_roles": "service",
        "service_token_roles_required": True,
    }


def _login(addresses: Addresses, user: str, password: str) -> dict[str, object]:
    return _account(addresses, user, password) | {"region_name": REGION}


def _account(addresses: Addresses, user: str, password: str) -> dict[str, object]:
    return {
        "auth_type": "password",
        "auth_url": f"{addresses.identity}/v3",
        "username": user,
        "password": _escaped(password),
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
    }


def _escaped(text: str) -> str:
    """A dollar sign would refer to another option."""
    return text.replace("$", "$$")


def _write(path: Path, groups: Groups) -> None:
    lines: list[str] = []
    for group, values in groups.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in values.items()), ""]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
        target.write("\n".join(lines))
