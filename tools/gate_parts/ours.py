"""This project's own services, as an operator would configure them beside the others."""

from pathlib import Path

from tools.daemons import ini
from tools.gate_parts import hypervisor
from tools.gate_parts.layout import LOOPBACK, REGION, ROOT, Layout
from tools.gate_parts.service import Process, Service
from tools.testing import environment


def placement(layout: Layout) -> Service:
    conf = layout.etc / "placement.conf"

    def write() -> None:
        ini.write(conf, {
            "placement_database": {
                "connection": layout.mariadb.url("placement"), "sync_on_startup": True,
            },
            "keystone_authtoken": layout.authtoken("placement"),
        })

    listen = ("--host", LOOPBACK, "--port", str(layout.ports["placement"]))
    argv = (*_module("placement_api"), "--config-file", str(conf), *listen)
    return Service("placement", ("placement",), write, (), (
        Process("nova-placement-api", argv, layout.url("placement", "/"), _OURS),
    ))


def nova(layout: Layout) -> Service:
    conf, compute = layout.etc / "nova.conf", layout.etc / "nova-compute.conf"
    manage = (*_module("manage"), "--config-file", str(conf))

    def write() -> None:
        shared = _shared(layout)
        ini.write(conf, ini.merged(shared, {
            "api_database": {"connection": layout.mariadb.url("nova_api")},
            "database": {"connection": layout.mariadb.url("nova_cell1")},
            "keystone_authtoken": layout.authtoken("nova"),
            "quota": {"instances": -1, "cores": -1, "ram": -1},
            "filter_scheduler": {"track_instance_changes": True},
        }))
        ini.write(compute, ini.merged(shared, {
            "DEFAULT": {
                "compute_driver": "libvirt.LibvirtDriver",
                "instances_path": layout.state / "instances",
                "reserved_host_memory_mb": 0,
                # Emulated guests are slow, and those of tests ask for little.
                "initial_cpu_allocation_ratio": 16.0,
            },
            "libvirt": {"virt_type": "qemu", "connection_uri": hypervisor.uri(layout)},
            "vnc": {"server_listen": LOOPBACK, "server_proxyclient_address": LOOPBACK},
        }))

    def process(name: str, file: Path, url: str = "") -> Process:
        argv = (*_module(name.removeprefix("nova-")), "--config-file", str(file))
        return Process(name, argv, url, _OURS)

    return Service(
        "nova", ("nova_api", "nova_cell0", "nova_cell1"), write,
        (
            (*manage, "api_db", "sync"),
            (*manage, "cell_v2", "map_cell0",
             "--database_connection", layout.mariadb.url("nova_cell0")),
            (*manage, "cell_v2", "create_cell", "--name", "cell1"),
            (*manage, "db", "sync"),
        ),
        (
            process("nova-conductor", conf),
            process("nova-scheduler", conf),
            process("nova-api", conf, layout.url("compute", "/")),
            process("nova-metadata", conf, layout.url("metadata", "/")),
            process("nova-novncproxy", conf),
            process("nova-compute", compute),
        ),
        env=_OURS,
        # The schema may have grown since.
        renew=((*manage, "api_db", "sync"), (*manage, "db", "sync")),
    )


def cells(layout: Layout, command: str) -> tuple[str, ...]:
    """A command that maps new hosts, or lists those that are mapped."""
    conf = str(layout.etc / "nova.conf")
    return (*_module("manage"), "--config-file", conf, "cell_v2", command)


_OURS = {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}


def _module(name: str) -> tuple[str, ...]:
    return (str(environment.python(ROOT)), "-m", f"nova.cmd.{name}")


def _shared(layout: Layout) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {
            "transport_url": layout.rabbitmq.url(),
            "state_path": layout.state / "nova",
            "my_ip": LOOPBACK,
            "osapi_compute_listen": LOOPBACK,
            "osapi_compute_listen_port": layout.ports["compute"],
            "metadata_listen": LOOPBACK,
            "metadata_listen_port": layout.ports["metadata"],
        },
        "oslo_concurrency": {"lock_path": layout.state / "lock"},
        "placement": layout.login("placement"),
        "neutron": layout.login("neutron") | {
            "service_metadata_proxy": True, "metadata_proxy_shared_secret": layout.password,
        },
        "cinder": layout.account("nova") | {"os_region_name": REGION},
        "glance": {"region_name": "RegionOne"},
        "service_user": layout.account("nova") | {"send_service_user_token": True},
        "keystone": layout.login("nova"),
        "vnc": {
            "novncproxy_host": LOOPBACK, "novncproxy_port": layout.ports["novncproxy"],
            "novncproxy_base_url": layout.url("novncproxy", "/vnc_auto.html"),
        },
    }
