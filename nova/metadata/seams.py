"""What the metadata service can reach."""

from dataclasses import dataclass

from oslo_config import cfg

from nova.clients.network.contract import NetworkService, ServerGuards
from nova.clients.vendordata.contract import VendorData
from nova.core.clock import Clock
from nova.metadata.servers import Servers


@dataclass(frozen=True)
class MetadataSeams:
    conf: cfg.ConfigOpts
    clock: Clock
    servers: Servers
    network: NetworkService
    guards: ServerGuards
    vendor: VendorData
