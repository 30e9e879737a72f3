"""os-vif, which knows how a port of Open vSwitch is made.

The library reads oslo's global options, so this is the one place that fills them in, from
the files that our own came from.  It takes its time to load and memory to keep: hosts
without such ports never load it.  It talks to the switch in a thread of its own.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from nova.errors import NovaError
from nova.virt.libvirt.plugging.plug import HYBRID, REPRESENTOR, SOCKET, TAP, Plug

PLUGIN = "ovs"


class SwitchFailed(NovaError):
    """The switch did not do what it was to do."""

    template = "{reason}"


@dataclass(frozen=True)
class SwitchOptions:
    """Where the switch's database is, and how many seconds it has to answer (0: all)."""

    connection: str
    timeout: float


class VifLibrary:
    """One thing at a time; the switch's turn sees to that.  Raises SwitchFailed."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._loaded = False

    def options(self) -> SwitchOptions:
        self._load()
        group = cfg.CONF.os_vif_ovs
        return SwitchOptions(group.ovsdb_connection, group.ovs_vsctl_timeout)

    def plug(self, plug: Plug, guest: str, mtu: int | None) -> None:
        self._do("plug", plug, guest, mtu)

    def unplug(self, plug: Plug, guest: str) -> None:
        self._do("unplug", plug, guest, None)

    def lift(self, device: str) -> None:
        """Let frames pass."""
        self._load()
        from vif_plug_ovs import linux_net  # noqa: PLC0415

        try:
            linux_net.set_interface_state(device, "up")
        except Exception as error:
            raise SwitchFailed(reason=_reason(error)) from error

    def _do(self, verb: str, plug: Plug, guest: str, mtu: int | None) -> None:
        self._load()
        import os_vif  # noqa: PLC0415

        instance = os_vif.objects.instance_info.InstanceInfo(uuid=guest, name=guest)
        try:
            getattr(os_vif, verb)(vif_of(plug, mtu), instance)
        except Exception as error:
            # It wraps whatever went wrong in a picture of all its objects.
            raise SwitchFailed(reason=_reason(error)) from error

    def _load(self) -> None:
        if self._loaded:
            return
        import os_vif  # noqa: PLC0415

        cfg.CONF(
            [], project="nova",
            default_config_files=list(self._conf.config_file or ()),
            default_config_dirs=list(self._conf.config_dir or ()),
        )  # fmt: skip
        # Whoever looked for its options may have started it before they had values.
        os_vif.initialize(reset=True)
        if os.geteuid() == 0:
            from vif_plug_ovs import privsep  # noqa: PLC0415

            # There are no privileges to be had from a helper.
            privsep.vif_plug.set_client_mode(False)
        self._loaded = True


def vif_of(plug: Plug, mtu: int | None) -> Any:
    """The library's word for it."""
    from os_vif.objects import network, vif  # noqa: PLC0415

    about = {"bridge": plug.bridge, **({"mtu": mtu} if mtu else {})}
    return MAKERS[plug.kind](
        vif, plug,
        {"id": plug.id, "address": plug.mac, "plugin": PLUGIN,
         "network": network.Network(**about)},
    )  # fmt: skip


def _tap(vif: Any, plug: Plug, common: dict[str, Any]) -> Any:
    """The hypervisor makes the device when the guest starts; it finds its port there."""
    return vif.VIFOpenVSwitch(
        vif_name=plug.name, bridge_name=plug.bridge, **common,
        port_profile=vif.VIFPortProfileOpenVSwitch(create_port=True, **_profile(plug)),
    )  # fmt: skip


def _hybrid(vif: Any, plug: Plug, common: dict[str, Any]) -> Any:
    profile = vif.VIFPortProfileOpenVSwitch(**_profile(plug))
    return vif.VIFBridge(vif_name=plug.name, bridge_name=plug.name, port_profile=profile, **common)


def _representor(vif: Any, plug: Plug, common: dict[str, Any]) -> Any:
    offload = vif.DatapathOffloadRepresentor(
        representor_name=plug.name, representor_address=plug.slot
    )
    profile = vif.VIFPortProfileOpenVSwitch(datapath_offload=offload, **_profile(plug))
    return vif.VIFHostDevice(
        dev_type="ethernet", dev_address=plug.slot, port_profile=profile, **common
    )


def _socket(vif: Any, plug: Plug, common: dict[str, Any]) -> Any:
    profile = vif.VIFPortProfileOpenVSwitch(**_profile(plug))
    return vif.VIFVHostUser(
        vif_name=plug.port, path=plug.path, mode=plug.mode, port_profile=profile, **common
    )


def _profile(plug: Plug) -> dict[str, Any]:
    return {"interface_id": plug.id, **({"datapath_type": plug.datapath} if plug.datapath else {})}


MAKERS: dict[str, Callable[[Any, Plug, dict[str, Any]], Any]] = {
    TAP: _tap,
    HYBRID: _hybrid,
    REPRESENTOR: _representor,
    SOCKET: _socket,
}


def _reason(error: BaseException) -> str:
    told = error.__context__ or error
    return str(told) or type(told).__name__
