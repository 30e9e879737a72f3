"""Certificates that sign images, and those that sign them."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
HASHES = {"SHA-224": hashes.SHA224(), "SHA-256": hashes.SHA256(),
          "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512()}  # fmt: skip


def new_key(kind: str) -> Any:
    if kind == "DSA":
        return dsa.generate_private_key(2048)
    if kind == "ECC_SECP384R1":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "ECC_SECP521R1":
        return ec.generate_private_key(ec.SECP521R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key and a certificate for it."""

    certificate: x509.Certificate
    key: Any
    kind: str = "RSA-PSS"

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, content: bytes, method: str = "SHA-256") -> str:
        """As the image service holds it."""
        how = HASHES[method]
        if self.kind == "RSA-PSS":
            pss = padding.PSS(padding.MGF1(how), padding.PSS.MAX_LENGTH)
            return base64.b64encode(self.key.sign(content, pss, how)).decode()
        words = (ec.ECDSA(how),) if self.kind.startswith("ECC") else (how,)
        return base64.b64encode(self.key.sign(content, *words)).decode()

    def properties(
        self, content: bytes, certificate_id: str, method: str = "SHA-256"
    ) -> dict[str, str]:
        """Of an image of these bytes."""
        return {
            "img_signature": self.sign(content, method),
            "img_signature_hash_method": method,
            "img_signature_key_type": self.kind,
            "img_signature_certificate_uuid": certificate_id,
        }


def authority(name: str = "root") -> Holder:
    """Signs itself."""
    key = new_key("RSA-PSS")
    return Holder(_certificate(name, key.public_key(), name, key, ca=True), key)


def issued(
    by: Holder, name: str, kind: str = "RSA-PSS", *, ca: bool = False, days: int = 1
) -> Holder:
    """A holder whose certificate another one signed; `days` below 0: it is over."""
    key = new_key(kind)
    issuer = by.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    made = _certificate(name, key.public_key(), str(issuer), by.key, ca=ca, days=days)
    return Holder(made, key, kind)


def _certificate(
    name: str, public: Any, issuer: str, key: Any, *, ca: bool, days: int = 1
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys((
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "crl_sign", "encipher_only", "decipher_only",
    ), False)  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 5 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=ca, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
