"""Picking adapters as the options say: the only place that knows them all.

Imports stand inside the functions, because a process must not load what it does
not use: no SQL in nova-compute, no libvirt in nova-api.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oslo_config import cfg

from nova.clients.baremetal.contract import BaremetalService
from nova.clients.identity.contract import IdentityService
from nova.clients.image.contract import ImageMeta, ImageService
from nova.clients.keys.contract import KeyService, NoKeys
from nova.clients.network.contract import NetworkService, ServerNetworks
from nova.clients.observer import Observer, unobserved
from nova.clients.placement.contract import PlacementService
from nova.clients.vendordata.contract import VendorData
from nova.clients.volume.contract import VolumeService
from nova.context import RequestContext, admin_context
from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.servers.steps.image_properties import SECRET
from nova.virt.contract import DiskEncryption, Driver, ImageRef, ImageSource, ImageStream
from nova.virt.contract.trust import ImageSignature

if TYPE_CHECKING:
    from nova.rpc.oslo import OsloBuses


@dataclass(frozen=True)
class Clients:
    """The other services."""

    network: ServerNetworks
    image: ImageService
    identity: IdentityService
    placement: PlacementService
    volume: VolumeService
    vendor: VendorData


def clients(conf: cfg.ConfigOpts, clock: Clock, observer: Observer = unobserved) -> Clients:
    from nova.clients.identity import keystone
    from nova.clients.image import glance
    from nova.clients.network import neutron
    from nova.clients.network.servers import networking
    from nova.clients.placement import rest
    from nova.clients.vendordata import rest as vendordata
    from nova.clients.volume import cinder

    return Clients(
        network=networking(conf, clock, neutron.connect(conf, clock, observer=observer)),
        image=glance.connect(conf, clock, observer=observer),
        identity=keystone.connect(conf, clock, observer=observer),
        placement=rest.connect(conf, clock, observer=observer),
        volume=cinder.connect(conf, clock, observer=observer),
        vendor=vendordata.connect(conf, clock, observer=observer),
    )


def baremetal(conf: cfg.ConfigOpts, clock: Clock) -> BaremetalService:
    """For the API alone, which shows nodes."""
    from nova.clients.baremetal import ironic

    return ironic.connect(conf, clock)


def network_service(
    conf: cfg.ConfigOpts, clock: Clock, observer: Observer = unobserved
) -> NetworkService:
    """The network service itself, for who asks of more than one server's part of it."""
    from nova.clients.network import neutron

    return neutron.connect(conf, clock, observer=observer)


def keys(conf: cfg.ConfigOpts) -> KeyService:
    from nova.clients.keys import castellan

    return castellan.connect(conf)


class ImagesOf:
    """The image service as a driver sees it: by this service's own credentials."""

    def __init__(self, service: ImageService, keys: KeyService | None = None) -> None:
        self._service = service
        self._keys = keys or NoKeys()

    def look(self, image_id: str) -> ImageRef:
        return _ref(self._service.show(admin_context(), image_id))

    def fetch(self, image_id: str) -> ImageStream:
        context = admin_context()
        meta = self._service.show(context, image_id)
        return ImageStream(self._service.download(context, image_id), _ref(meta))

    def copy(self, image_id: str, store: str) -> None:
        self._service.copy(admin_context(), image_id, store)

    def certificate(self, certificate_id: str, context: RequestContext | None) -> bytes:
        return self._keys.certificate(context or admin_context(), certificate_id)


def _ref(meta: ImageMeta) -> ImageRef:
    """Places of the bytes in the order in which they are to be tried."""
    direct = (meta.direct_url,) if meta.direct_url else ()
    return ImageRef(
        image_id=meta.id,
        disk_format=meta.disk_format or "raw",
        container_format=meta.container_format or "bare",
        size=meta.size,
        min_disk_gb=meta.min_disk,
        checksum=meta.checksum,
        hash_algorithm=meta.hash_algorithm,
        hash_value=meta.hash_value,
        locations=tuple(dict.fromkeys((*direct, *meta.locations))),
        stores=meta.stores,
        failed_stores=meta.failed_stores,
        signature=_signature(meta),
        encryption=_encryption(meta),
    )


def _encryption(meta: ImageMeta) -> DiskEncryption | None:
    """Of its bytes, which only whoever may have the secret can read."""
    secret = meta.properties.get(SECRET)
    return DiskEncryption(str(secret)) if secret else None


def _signature(meta: ImageMeta) -> ImageSignature:
    said = meta.properties
    return ImageSignature(
        value=said.get("img_signature"),
        hash_method=said.get("img_signature_hash_method"),
        key_type=said.get("img_signature_key_type"),
        certificate_id=said.get("img_signature_certificate_uuid"),
    )


def driver(conf: cfg.ConfigOpts, clock: Clock, images: ImageSource) -> Driver:
    """The driver that [DEFAULT]compute_driver names."""
    name = (conf.compute_driver or "").rpartition("nova.virt.")[2]
    if name.startswith("fake."):
        from nova.virt import fake

        return fake.build(conf, clock, images)
    if name.startswith("libvirt."):
        from nova.virt import libvirt

        return libvirt.build(conf, clock, images)
    raise ConfigurationFailure(
        reason=f"[DEFAULT]compute_driver names no driver of this project: {conf.compute_driver!r}"
    )


def buses(conf: cfg.ConfigOpts, stores: object | None = None) -> "OsloBuses":
    """The message buses; without stores only the top one is ever used."""
    from nova.objects.store import Stores
    from nova.rpc.oslo import OsloBuses

    _require_broker(conf)

    def url_of(cell_uuid: str) -> str | None:
        if stores is None:
            return None
        known: Stores = stores  # type: ignore[assignment]
        return known.transport_url(cell_uuid)

    return OsloBuses(conf, url_of)


def _require_broker(conf: cfg.ConfigOpts) -> None:
    import oslo_messaging

    try:
        url = oslo_messaging.TransportURL.parse(conf)
    except oslo_messaging.InvalidTransportURL as error:
        raise ConfigurationFailure(reason=f"[DEFAULT]transport_url: {error}") from error
    if not url.hosts:
        raise ConfigurationFailure(
            reason="[DEFAULT]transport_url is not set: it must name a message broker"
        )
