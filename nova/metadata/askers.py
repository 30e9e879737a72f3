"""Who is asking: as a proxy says and signs, or by the address it asks from."""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from nova.clients.network.contract import Port, PortQuery
from nova.context import admin_context
from nova.metadata.errors import BadProxy, NobodyKnown, SignatureWrong, TroubleUnknown
from nova.metadata.seams import MetadataSeams

LOG = logging.getLogger(__name__)

INSTANCE, PROJECT = "X-Instance-ID", "X-Tenant-ID"
SIGNATURE = "X-Instance-ID-Signature"
PROVIDER, PROVIDER_SIGNATURE = "X-Metadata-Provider", "X-Metadata-Provider-Signature"
FORWARDED_FOR = "X-Forwarded-For"


@dataclass(frozen=True)
class Asker:
    """A server, and the project that it is said to be of (None: nothing was said)."""

    uuid: str
    project_id: str | None = None


class Askers:
    def __init__(self, seams: MetadataSeams) -> None:
        self._seams = seams
        self._options = seams.conf.neutron

    def find(self, headers: Mapping[str, str], address: str) -> Asker:
        """Raises BadProxy, SignatureWrong, NobodyKnown, TroubleUnknown."""
        if self._options.service_metadata_proxy:
            if PROVIDER in headers:
                return self._of_provider(headers)
            return self._of_proxy(headers)
        if INSTANCE in headers:
            LOG.warning("%s is not believed while [neutron]service_metadata_proxy is off", INSTANCE)
        return self._at(address)

    def _of_proxy(self, headers: Mapping[str, str]) -> Asker:
        uuid = self._said(headers, INSTANCE)
        signature = self._said(headers, SIGNATURE)
        project = self._said(headers, PROJECT)
        self._check(uuid, signature, headers.get(FORWARDED_FOR, ""))
        return Asker(uuid, project)

    def _of_provider(self, headers: Mapping[str, str]) -> Asker:
        """A metadata provider knows the address of the guest and itself, no more."""
        forwarded = headers.get(FORWARDED_FOR)
        if forwarded is None:
            raise BadProxy(reason=f"{FORWARDED_FOR} is missing from request.")
        provider = self._said(headers, PROVIDER)
        address = forwarded.split(",")[0].strip()
        if self._options.metadata_proxy_shared_secret:
            self._check(provider, headers.get(PROVIDER_SIGNATURE, ""), address)
        port = self._behind(provider, address)
        return Asker(port.device_id, port.project_id)

    def _said(self, headers: Mapping[str, str], name: str) -> str:
        value = headers.get(name)
        if value is None:
            raise BadProxy(reason=f"{name} header is missing from request.")
        if "," in value:  # how servers pass on a header that came twice
            raise BadProxy(reason=f"Multiple {name} headers found within request.")
        return value

    def _check(self, signed: str, signature: str, address: str) -> None:
        secret = (self._options.metadata_proxy_shared_secret or "").encode()
        expected = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            LOG.warning("A proxy's signature of %s for %s is wrong", signed, address)
            raise SignatureWrong

    def _behind(self, provider: str, address: str) -> Port:
        context, network = admin_context(), self._seams.network
        networks = network.networks.of_provider(context, provider)
        if not networks:
            raise BadProxy(reason=f"Could not find any subnets for provider {provider}")
        ports = network.ports.list(
            context, PortQuery(network_ids=tuple(networks), fixed_ip=address)
        )
        if len(ports) != 1:
            raise BadProxy(
                reason=f"Failed to get instance id for metadata request, provider {provider} "
                f"networks {', '.join(networks)} requester {address} failed."
            )
        return ports[0]

    def _at(self, address: str) -> Asker:
        ports = self._seams.network.ports.list(admin_context(), PortQuery(fixed_ip=address))
        servers = {port.device_id for port in ports if port.device_id}
        if len(servers) > 1:
            LOG.error("Address %s is that of several servers: %s", address, sorted(servers))
            raise TroubleUnknown
        if not servers:
            raise NobodyKnown
        return Asker(servers.pop())
