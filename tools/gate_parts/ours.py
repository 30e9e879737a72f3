"""This project's own services, as the DevStack plugin configures and starts them."""

import shlex

from tools.daemons import ini
from tools.gate_parts import hypervisor, plugin
from tools.gate_parts.layout import LOOPBACK, ROOT, Layout
from tools.gate_parts.service import Process, Service

# Who answers where.
PORTS = {"nova-placement": "placement", "nova-api": "compute", "nova-metadata": "metadata"}


def nova(layout: Layout) -> Service:
    env = plugin.variables(layout)

    def write() -> None:
        plugin.call(layout, "_nova_configure")
        for name, options in _more(layout).items():
            ini.append(layout.etc / name, options)

    return Service(
        "nova", ("placement", "nova_api", "nova_cell0", "nova_cell1"), write,
        (plugin.command("_nova_databases"),), _processes(layout), env=env,
        # The schema may have grown since.
        renew=(plugin.command("_nova_schemas"),),
    )


def _processes(layout: Layout) -> tuple[Process, ...]:
    env = {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    started = [call[1:] for call in plugin.call(layout, "_nova_start") if call[0] == "process"]
    return tuple(
        Process(name, shlex.split(line),
                layout.url(PORTS[name], "/") if name in PORTS else "", env)
        for name, line, *_ in started
    )


def _more(layout: Layout) -> dict[str, ini.Options]:
    """What only the gate wants, by file."""
    token = {"keystone_authtoken": layout.tokens()}
    return {
        "placement.conf": token,
        "nova.conf": {
            **token,
            "quota": {"instances": -1, "cores": -1, "ram": -1},
        },
        "nova-compute.conf": {
            "DEFAULT": {
                "instances_path": layout.state / "instances",
                "reserved_host_memory_mb": 0,
                # Emulated guests are slow, and those of tests ask for little.
                "initial_cpu_allocation_ratio": 16.0,
                # They come up slowly, hear nothing meanwhile, and have nothing to lose.
                "shutdown_timeout": 10,
            },
            "libvirt": {"connection_uri": hypervisor.uri(layout)},
            "vnc": {"server_listen": LOOPBACK, "server_proxyclient_address": LOOPBACK},
        },
    }
