"""Runs functions of the DevStack plugin, for the gate to do what they say."""

import os

from tools.daemons.process import run
from tools.gate_parts.layout import LOOPBACK, REGION, ROOT, Layout
from tools.testing import environment

DRIVER = ROOT / "tools" / "gate_parts" / "devstack.sh"


def call(layout: Layout, function: str) -> list[list[str]]:
    """What it wants done beside what it did, as DevStack's functions with arguments."""
    told = run(command(function), env=variables(layout))
    return [line.split("\t")[:-1] for line in told.splitlines() if line.endswith("\t")]


def do(layout: Layout, function: str) -> None:
    """What it wants done beside is nothing."""
    call(layout, function)


def command(function: str) -> tuple[str, ...]:
    """It needs the `variables`."""
    return ("bash", str(DRIVER), function)


def variables(layout: Layout) -> dict[str, str]:
    """As DevStack has them, but on loopback, and on ports of the gate's own."""
    scripts = environment.python(ROOT).parent
    return {
        "PATH": os.pathsep.join((str(scripts), "/usr/sbin", "/usr/bin", "/sbin", "/bin")),
        "PYTHONPATH": str(ROOT),
        "DEST": str(ROOT.parent),
        "DATA_DIR": str(layout.state),
        "NOVA_PLUGIN_CONF_DIR": str(layout.etc),
        "NOVA_PLUGIN_COMPUTE_PORT": str(layout.ports["compute"]),
        "NOVA_PLUGIN_METADATA_PORT": str(layout.ports["metadata"]),
        "NOVA_PLUGIN_PLACEMENT_PORT": str(layout.ports["placement"]),
        "NOVA_PLUGIN_NOVNC_PORT": str(layout.ports["novncproxy"]),
        "NOVA_PLUGIN_OVSDB": f"tcp:{LOOPBACK}:{layout.ports['ovsdb']}",
        "GATE_TRANSPORT_URL": layout.rabbitmq.url(),
        "GATE_DATABASE_URL": layout.mariadb.url(),
        "KEYSTONE_SERVICE_URI": layout.url("identity", "/v3"),
        "REGION_NAME": REGION,
        "SERVICE_PASSWORD": layout.password,
        "SERVICE_PROJECT_NAME": "service",
        "SERVICE_DOMAIN_NAME": "Default",
        "SERVICE_HOST": LOOPBACK,
        "SERVICE_LISTEN_ADDRESS": LOOPBACK,
        "HOST_IP": LOOPBACK,
        "STACK_USER": "root",
        "LIBVIRT_TYPE": "qemu",
        "METADATA_PROXY_SHARED_SECRET": layout.password,
        "GATE_ENABLED": "tempest",
        "TEMPEST_CONFIG": str(layout.state / "tempest" / "etc" / "tempest.conf"),
        "ENABLE_DEBUG_LOG_LEVEL": "False",
    }
