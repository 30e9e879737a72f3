"""The configuration files of a stack's processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.daemons.ini import Options as Options
from tools.daemons.ini import merged, write

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Places:
    """Where everything is: a directory, ports by name, and the servers' URLs.

    `database` maps a database's name to its URL; `extra` is added to nova.conf.
    """

    state: Path
    ports: Mapping[str, int]
    rabbit: str
    database: Mapping[str, str]
    password: str
    driver: str = "fake.FakeDriver"
    extra: Options = field(default_factory=dict)

    def url(self, name: str, path: str = "") -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}{path}"


def controller(places: Places) -> Path:
    return write(places.state / "nova.conf", merged(_shared(places), {
        "api_database": {"connection": places.database["nova_api"]},
        "database": {"connection": places.database["nova_cell1"]},
        "keystone_authtoken": _login(places, "nova") | {
            "www_authenticate_uri": places.url("identity", "/v3"),
            "service_token_roles_required": True,
        },
        "quota": {"instances": -1, "cores": -1, "ram": -1},
    }, places.extra))


def compute(places: Places, host: str) -> Path:
    return write(places.state / f"{host}.conf", merged(_shared(places), {
        "DEFAULT": {
            "host": host,
            "compute_driver": places.driver,
            "instances_path": places.state / host,
            "reserved_host_memory_mb": 0,
        },
        "fake": {"state_directory": places.state},
        "monitoring": {"port": places.ports.get(f"monitoring-{host}", 0)},
    }, places.extra))


def placement(places: Places) -> Path:
    return write(places.state / "placement.conf", {
        "placement_database": {
            "connection": places.database["placement"], "sync_on_startup": True,
        },
        "keystone_authtoken": _login(places, "placement") | {
            "www_authenticate_uri": places.url("identity", "/v3"),
        },
    })


def _shared(places: Places) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {
            "transport_url": places.rabbit,
            "state_path": places.state,
            "my_ip": LOOPBACK,
            "osapi_compute_listen": LOOPBACK,
            "osapi_compute_listen_port": places.ports["compute"],
            "report_interval": 5,
            "service_down_time": 20,
        },
        "oslo_concurrency": {"lock_path": places.state / "lock"},
        "placement": _login(places, "placement"),
        "neutron": _login(places, "neutron"),
        "glance": {"region_name": "RegionOne"},
        "service_user": _account(places, "nova"),
        "keystone": _login(places, "nova"),
        "journal": {"watchdog_interval": 3, "lease_seconds": 15},
        "monitoring": {"port": 0},
    }


def _login(places: Places, user: str) -> dict[str, object]:
    return _account(places, user) | {"region_name": "RegionOne"}


def _account(places: Places, user: str) -> dict[str, object]:
    return {
        "auth_type": "password",
        "auth_url": places.url("identity", "/v3"),
        "username": user,
        "password": places.password,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
