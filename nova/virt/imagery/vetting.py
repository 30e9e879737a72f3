"""Who signed an image, and is that one trusted?"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from cryptography import x509
from cursive.certificate_utils import CertificateVerificationContext
from cursive.exception import SignatureVerificationError
from oslo_config import cfg

from nova.errors import NotFound, NovaError
from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadSignature, ImageUnavailable, UntrustedCertificate
from nova.virt.contract.images import ImageSource
from nova.virt.contract.trust import ImageSignature, Trust
from nova.virt.imagery.signature import SignatureCheck

PROPERTIES = {
    "value": "img_signature",
    "hash_method": "img_signature_hash_method",
    "key_type": "img_signature_key_type",
    "certificate_id": "img_signature_certificate_uuid",
}


@dataclass(frozen=True)
class VettingRules:
    """`verify`: every image has to be signed.  `validate`: and its certificate has to come
    from those that the guest's owner trusts, or else from the `usual` ones."""

    verify: bool = False
    validate: bool = False
    usual: tuple[str, ...] = ()

    @classmethod
    def of(cls, conf: cfg.ConfigOpts) -> "VettingRules":
        wish = conf.glance
        return cls(
            wish.verify_glance_signatures,
            wish.enable_certificate_validation,
            tuple(wish.default_trusted_certificate_ids),
        )


class Vetting:
    """An owner who names certificates has the images vetted whatever the operator says."""

    def __init__(self, source: ImageSource, rules: VettingRules | None = None) -> None:
        self._source = source
        self._rules = rules or VettingRules()

    def wanted(self, trust: Trust) -> bool:
        return self._rules.verify or bool(trust.certificates)

    def check_of(self, image: ImageRef, trust: Trust) -> SignatureCheck | None:
        """To be fed with the image's bytes; None: nobody wants to know.  Raises
        BadSignature, UntrustedCertificate, ImageUnavailable."""
        if not self.wanted(trust):
            return None
        _refuse_unsigned(image)
        signer = str(image.signature.certificate_id)
        check = SignatureCheck(image, self._certificate(image.image_id, signer, trust))
        self.vouch(image.image_id, signer, trust)
        return check

    def vouch(self, image_id: str, signer: str, trust: Trust) -> None:
        """Raises UntrustedCertificate unless the signer's certificate is a good one now."""
        if not (self._rules.validate or trust.certificates):
            return
        trusted = trust.certificates or self._rules.usual
        chain = CertificateVerificationContext(self._known(image_id, trusted, trust))
        try:
            chain.update(self._certificate(image_id, signer, trust))
            chain.verify()
        except SignatureVerificationError as error:
            raise UntrustedCertificate(certificate_id=signer, reason=str(error)) from None

    def _known(
        self, image_id: str, ids: Sequence[str], trust: Trust
    ) -> list[tuple[str, x509.Certificate]]:
        """Those that can be had: any of them may be the one that is needed."""
        found = []
        for one in ids:
            try:
                found.append((one, self._certificate(image_id, one, trust)))
            except BadSignature:
                continue
        return found

    def _certificate(self, image_id: str, certificate_id: str, trust: Trust) -> x509.Certificate:
        try:
            return x509.load_der_x509_certificate(
                self._source.certificate(certificate_id, trust.context)
            )
        except (NotFound, ValueError):
            reason = f"Certificate not found with ID: {certificate_id}"
            raise BadSignature(image_id=image_id, reason=reason) from None
        except NovaError as error:
            reason = f"certificate {certificate_id}: {error}"
            raise ImageUnavailable(image_id=image_id, reason=reason) from error


def _refuse_unsigned(image: ImageRef) -> None:
    for field in fields(ImageSignature):
        if not getattr(image.signature, field.name):
            reason = (
                "Required image properties for signature verification do not exist. Cannot "
                f"verify signature. Missing property: {PROPERTIES[field.name]}"
            )
            raise BadSignature(image_id=image.image_id, reason=reason)
