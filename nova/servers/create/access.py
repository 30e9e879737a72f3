"""Where a new server is found when nobody said."""

from collections.abc import Mapping
from typing import Any

from oslo_config import cfg

from nova.clients.network.contract import vifs_from_json
from nova.objects.server import Instance

COLUMNS = {4: "access_ip_v4", 6: "access_ip_v6"}


def access_columns(conf: cfg.ConfigOpts, instance: Instance) -> Mapping[str, Any]:
    """Columns of the instance: its first address of each kind in the network that
    [DEFAULT]default_access_ip_network_name names.  What its user chose stays."""
    wanted = conf.default_access_ip_network_name
    found: dict[str, Any] = {}
    if not wanted:
        return found
    for vif in vifs_from_json(instance.network_info):
        for subnet in vif.network.subnets if vif.network.label == wanted else ():
            column = COLUMNS[subnet.version]
            if subnet.ips and getattr(instance, column) is None:
                found.setdefault(column, subnet.ips[0].address)
    return found
