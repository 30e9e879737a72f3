"""How a proxy and a hypervisor's VNC server come to trust each other."""

import ssl
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nova.console.ends import TargetEnd
from nova.console.errors import TargetFailed

NONE, VENCRYPT = 1, 19
# VeNCrypt: its version, and the kind where both show certificates and no password.
VENCRYPT_VERSION = (0, 2)
X509_NONE = 260


@dataclass(frozen=True)
class Certificates:
    """Files of PEM: who signs hypervisors, and who this proxy is."""

    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None

    def context(self) -> ssl.SSLContext:
        found = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.authorities)
        # Hosts are named by addresses that their certificates need not have.
        found.check_hostname = False
        found.verify_mode = ssl.CERT_REQUIRED
        if self.certificate:
            found.load_cert_chain(self.certificate, self.key)
        return found


# Done after the scheme's number was sent; raises TargetFailed.
Scheme = Callable[[TargetEnd, str, Certificates], None]


def _none(target: TargetEnd, host: str, certificates: Certificates) -> None:
    """Nothing to prove."""


def _vencrypt(target: TargetEnd, host: str, certificates: Certificates) -> None:
    version = tuple(target.read(2))
    if version != VENCRYPT_VERSION:
        target.write(bytes((0, 0)))
        raise TargetFailed(reason=f"VeNCrypt {version[0]}.{version[1]} is not known here")
    target.write(bytes(version))
    if target.read(1) != b"\0":
        raise TargetFailed(reason="The VNC server does not know our VeNCrypt")
    count = target.read(1)[0]
    offered = struct.unpack(f"!{count}I", target.read(4 * count))
    if X509_NONE not in offered:
        raise TargetFailed(reason=f"The VNC server offers no certificates, but {list(offered)}")
    target.write(struct.pack("!I", X509_NONE))
    if target.read(1) != b"\1":
        raise TargetFailed(reason="The VNC server refuses to show its certificate")
    try:
        target.wrap(certificates.context(), host)
    except (ssl.SSLError, OSError) as error:
        raise TargetFailed(reason=f"TLS with the VNC server failed: {error}") from error


# By the names of [vnc]auth_schemes.
SCHEMES: Mapping[str, tuple[int, Scheme]] = {
    "none": (NONE, _none),
    "vencrypt": (VENCRYPT, _vencrypt),
}
