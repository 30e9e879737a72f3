"""All that is known of a server when its guest is told of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nova.clients.network.contract import Vif, vifs_from_json
from nova.clients.vendordata.contract import VendorData, nobody
from nova.objects.server import Instance


@dataclass(frozen=True)
class Subject:
    """`devices` are as the record keeps them (see `devices.py`).

    `admin_password` and `files` ((path, content) pairs) are known to a build alone.
    `entropy` answers so many bytes that nobody can guess; `dhcp_domain` is behind the name
    of the host.
    """

    instance: Instance
    entropy: Callable[[int], bytes]
    dhcp_domain: str = ""
    security_groups: tuple[str, ...] = ()
    devices: tuple[Mapping[str, Any], ...] = ()
    vendor: VendorData = field(default_factory=nobody)
    admin_password: str | None = None
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def hostname(self) -> str:
        """The domain is behind it also where it has one of its own."""
        name = self.instance.hostname or ""
        return f"{name}.{self.dhcp_domain}" if self.dhcp_domain else name

    @property
    def vifs(self) -> tuple[Vif, ...]:
        return vifs_from_json(self.instance.network_info)

    def address(self, version: int) -> str:
        """The first fixed address of a kind, or nothing."""
        for vif in self.vifs:
            for subnet in vif.network.subnets:
                if subnet.version == version and subnet.ips:
                    return subnet.ips[0].address
        return ""

    @property
    def floating_address(self) -> str:
        ips = (ip for v in self.vifs for s in v.network.subnets if s.version == 4 for ip in s.ips)
        return next((found for ip in ips for found in ip.floating), "")
