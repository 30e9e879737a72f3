"""Shapes that several families of verbs take."""

from nova.core.shape import Versioned, raw, string
from nova.microversions import HOSTNAME, HOSTNAME_FQDN

TAG = string(min=1, max=60, pattern="^[^,/]*$")
IP_ADDRESS = raw(type="string", oneOf=[{"format": "ipv4"}, {"format": "ipv6"}])
HOST = string(min=1, max=255, pattern="^[a-zA-Z0-9-._]*$")
METADATA = raw(
    type="object",
    patternProperties={"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    additionalProperties=False,
)
DESCRIPTION_TEXT = raw(type=["string", "null"], format="printable", minLength=0, maxLength=255)
HOSTNAMES = Versioned((
    (HOSTNAME, string(min=2, max=63, pattern="^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$")),
    (HOSTNAME_FQDN, HOST),
))
