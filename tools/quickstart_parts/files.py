"""The configuration files of the processes."""

from pathlib import Path

from tools.daemons.ini import merged, write
from tools.quickstart_parts.layout import LOOPBACK, Layout

MONITORED = (
    "nova-conductor", "nova-scheduler", "nova-compute",
    "nova-metadata-api", "nova-novncproxy", "nova-serialproxy",
)  # fmt: skip
# There may be no pages of noVNC here; web sockets do without.
NO_PAGES: dict[str, dict[str, object]] = {"DEFAULT": {"web": ""}}
PAGES = Path("/usr/share/novnc")
_REGION: dict[str, object] = {"region_name": "RegionOne"}


def write_all(layout: Layout, broker_url: str) -> None:
    """Files for the controllers, for the compute host, and for placement."""
    shared = _shared(layout, broker_url)
    write(layout.nova_conf, merged(shared, _controller(layout)))
    write(layout.compute_conf, merged(shared, _compute(layout)))
    write(layout.placement_conf, _placement(layout))
    for process in MONITORED:
        own = {"monitoring": {"port": layout.port(process)}}
        pages = process != "nova-novncproxy" or PAGES.is_dir()
        write(layout.process_conf(process), own if pages else merged(own, NO_PAGES))


def _shared(layout: Layout, broker_url: str) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {
            "transport_url": broker_url,
            "state_path": layout.state / "nova",
            "my_ip": LOOPBACK,
            "osapi_compute_listen": LOOPBACK,
            "osapi_compute_listen_port": layout.port("compute"),
            "metadata_listen": LOOPBACK,
            "metadata_listen_port": layout.port("metadata"),
        },
        "oslo_concurrency": {"lock_path": layout.state / "lock"},
        "placement": _login(layout, "placement") | _REGION,
        "neutron": _login(layout, "neutron")
        | _REGION
        | {
            "service_metadata_proxy": True,
            "metadata_proxy_shared_secret": layout.password,
        },
        "glance": _REGION,
        "vnc": {
            "server_listen": LOOPBACK,
            "novncproxy_host": LOOPBACK,
            "novncproxy_port": layout.port("novnc"),
            "novncproxy_base_url": layout.url("novnc", "/vnc_auto.html"),
        },
        "serial_console": {
            "enabled": True,
            "serialproxy_host": LOOPBACK,
            "serialproxy_port": layout.port("serial"),
            "base_url": f"ws://{LOOPBACK}:{layout.port('serial')}/",
        },
        "service_user": _login(layout, "nova") | {"send_service_user_token": True},
        "keystone": _login(layout, "nova") | _REGION,
    }


def _controller(layout: Layout) -> dict[str, dict[str, object]]:
    """What computes must not know: the databases."""
    return {
        "api_database": {"connection": database(layout, "nova_api")},
        "database": {"connection": database(layout, "nova_cell1")},
        "keystone_authtoken": _authtoken(layout, "nova"),
    }


def _compute(layout: Layout) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {
            "compute_driver": "libvirt.LibvirtDriver",
            "instances_path": layout.state / "instances",
            "reserved_host_memory_mb": 0,
        },
        "libvirt": {"virt_type": layout.virt_type},
    }


def _placement(layout: Layout) -> dict[str, dict[str, object]]:
    return {
        "placement_database": {
            "connection": database(layout, "placement"),
            "sync_on_startup": True,
        },
        "keystone_authtoken": _authtoken(layout, "placement"),
    }


def database(layout: Layout, name: str) -> str:
    """SQLite in files that several processes may write."""
    return f"sqlite:///{layout.state}/{name}.sqlite"


def _login(layout: Layout, user: str) -> dict[str, object]:
    return {
        "auth_type": "password",
        "auth_url": layout.url("identity", "/v3"),
        "username": user,
        "password": layout.password,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
    }


def _authtoken(layout: Layout, user: str) -> dict[str, object]:
    return (
        _login(layout, user)
        | _REGION
        | {
            "www_authenticate_uri": layout.url("identity", "/v3"),
            "service_token_roles": "service",
            "service_token_roles_required": True,
        }
    )
