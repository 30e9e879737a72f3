"""X.509 certificates, as guests that log in by certificate (Windows) want them."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nova.resources.keypairs.material import KeypairInvalid, Made, colons

BITS = 2048
LIFETIME = timedelta(days=3650)
# The kind of alternative name that holds a user principal name.
PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_DER_UTF8_STRING = 0x0C
_LONGEST_COMMON_NAME = 64


def fingerprint(certificate: str) -> str:
    """SHA-1 of the certificate; KeypairInvalid when it is none."""
    try:
        read = x509.load_pem_x509_certificate(certificate.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        reason = f"failed to generate X509 fingerprint. Error message: {error}"
        raise KeypairInvalid(reason=reason) from None
    return colons(read.fingerprint(hashes.SHA1()))


def generate(user_id: str, now: datetime) -> Made:
    """A self-signed certificate with which the user logs in."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    certificate = _certificate(key, _common_name(user_id), now)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return Made(private.decode(), public, fingerprint(public))


def _common_name(user_id: str) -> str:
    """As much of the id as fits, which is counted in bytes."""
    return user_id.encode()[:_LONGEST_COMMON_NAME].decode(errors="ignore") or "user"


def _certificate(key: rsa.RSAPrivateKey, user: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    principal = x509.OtherName(PRINCIPAL_NAME, _utf8_string(f"{user}@localhost"))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([principal]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _utf8_string(text: str) -> bytes:
    """DER of a string shorter than 65536 bytes."""
    value = text.encode()
    if len(value) < 0x80:
        return bytes((_DER_UTF8_STRING, len(value))) + value
    size = len(value).to_bytes(2, "big")
    return bytes((_DER_UTF8_STRING, 0x82)) + size + value
