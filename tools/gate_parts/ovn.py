"""Open vSwitch and OVN, in user space where the kernel has no module for them."""

import contextlib
import os
import socket
from pathlib import Path

from tools.daemons.process import Daemon, Failed, listens, run
from tools.gate_parts.layout import LOOPBACK, Layout

RUN = Path("/var/run/openvswitch")
_SCHEMAS = {
    "ovs": "/usr/share/openvswitch/vswitch.ovsschema",
    "ovn_north": "/usr/share/ovn/ovn-nb.ovsschema",
    "ovn_south": "/usr/share/ovn/ovn-sb.ovsschema",
}
PUBLIC_GATEWAY = "172.24.4.1/24"
BRIDGES = ("br-int", "br-ex", "ovs-netdev")


def start(layout: Layout) -> None:
    """The switch has the database that libvirt and os-vif look for; raises Failed."""
    if not Daemon("ovsdb", layout.state).alive() and _somebody_switches():
        raise Failed(f"another Open vSwitch has {RUN}/db.sock")
    for place in (RUN, Path("/var/run/ovn"), Path("/var/log/ovn"), layout.state / "ovn"):
        place.mkdir(parents=True, exist_ok=True)
    _switch(layout)
    for half in ("ovn_north", "ovn_south"):
        database(layout, half)
    run(["ovn-nbctl", f"--db={_remote(layout, 'ovn_north')}", "init"])
    run(["ovn-sbctl", f"--db={_remote(layout, 'ovn_south')}", "init"])
    Daemon("ovn-northd", layout.state).start([
        "ovn-northd", f"--ovnnb-db={_remote(layout, 'ovn_north')}",
        f"--ovnsb-db={_remote(layout, 'ovn_south')}", f"--unixctl={layout.state}/ovn/northd.ctl",
    ])
    Daemon("ovn-controller", layout.state).start(["ovn-controller", f"unix:{RUN}/db.sock"])


def stop(layout: Layout) -> None:
    """The bridges go, too."""
    mine = Daemon("ovs-vswitchd", layout.state).alive()
    for name in ("ovn-controller", "ovn-northd", "ovn_south", "ovn_north", "ovs-vswitchd", "ovsdb"):
        Daemon(name, layout.state).stop()
    for bridge in BRIDGES if mine else ():
        if Path("/sys/class/net", bridge).exists():
            run(["ip", "link", "delete", bridge])


def database(layout: Layout, half: str) -> None:
    _serve(layout, half, half, f"{layout.state}/ovn/{half}.sock")


def _somebody_switches() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(f"{RUN}/db.sock")
        return True
    return False


def _remote(layout: Layout, half: str) -> str:
    return f"tcp:{LOOPBACK}:{layout.ports[half]}"


def _serve(layout: Layout, name: str, schema: str, path: str, *more: str) -> None:
    file = layout.state / "ovn" / f"{name}.db"
    if not file.exists():
        run(["ovsdb-tool", "create", str(file), _SCHEMAS[schema]])
    port = layout.ports[name]
    daemon = Daemon(name, layout.state)
    daemon.start([
        "ovsdb-server", str(file), f"--remote=punix:{path}", f"--remote=ptcp:{port}:{LOOPBACK}",
        *more, f"--unixctl={layout.state}/ovn/{name}.ctl",
    ])
    daemon.wait_until(lambda: listens(port) and os.path.exists(path), 20)


def _switch(layout: Layout) -> None:
    _serve(layout, "ovsdb", "ovs", f"{RUN}/db.sock",
           "--remote=db:Open_vSwitch,Open_vSwitch,manager_options")
    run(["ovs-vsctl", "--no-wait", "init"])
    settings = {
        "system-id": socket.gethostname(),
        "hostname": socket.gethostname(),
        "ovn-remote": _remote(layout, "ovn_south"),
        "ovn-encap-type": "geneve",
        "ovn-encap-ip": LOOPBACK,
        "ovn-bridge": "br-int",
        "ovn-bridge-datapath-type": "netdev",
        "ovn-bridge-mappings": "public:br-ex",
        "ovn-cms-options": "enable-chassis-as-gw",
    }
    run(["ovs-vsctl", "--no-wait", "set", "open", ".",
         *(f"external_ids:{name}={value}" for name, value in settings.items()),
         # Checksums that a guest's or this machine's driver left to hardware are made.
         "other_config:userspace-tso-enable=true"])
    switch = Daemon("ovs-vswitchd", layout.state)
    switch.start([
        "ovs-vswitchd", f"unix:{RUN}/db.sock", f"--unixctl={layout.state}/ovn/vswitchd.ctl",
    ])
    for bridge, more in (("br-ex", ()), ("br-int", ("fail-mode=secure",))):
        run(["ovs-vsctl", "--timeout=20", "--may-exist", "add-br", bridge,
             "--", "set", "bridge", bridge, "datapath_type=netdev", *more])
    # Bridges of an earlier start are not waited for by who wishes for them again.
    switch.wait_until(lambda: "br-ex" in (name for _, name in socket.if_nameindex()), 20)
    run(["ip", "link", "set", "br-ex", "up"])
    run(["ip", "addr", "replace", PUBLIC_GATEWAY, "dev", "br-ex"])
