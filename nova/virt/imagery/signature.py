"""Did the holder of a key sign these very bytes?"""

from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cursive import signature_utils
from cursive.exception import SignatureVerificationError

from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadSignature


class SignatureCheck:
    """Fed with the bytes of an image as they arrive; judges at the end.

    Raises BadSignature at once when the image says nothing that could be judged, or
    the certificate does not fit it.
    """

    def __init__(self, image: ImageRef, certificate: x509.Certificate) -> None:
        self._image = image
        self._verifier = self._verifier_for(certificate)

    @property
    def signer(self) -> str:
        """Id of the certificate."""
        return self._image.signature.certificate_id or ""

    def update(self, chunk: bytes) -> None:
        self._verifier.update(chunk)

    def check(self) -> None:
        """Raises BadSignature."""
        try:
            self._verifier.verify()
        except InvalidSignature:
            self._refuse("The image's bytes are not those that were signed")

    def _verifier_for(self, certificate: x509.Certificate) -> Any:
        said = self._image.signature
        try:
            kind = signature_utils.SignatureKeyType.lookup(said.key_type)
            method = signature_utils.get_hash_method(said.hash_method)
            value = signature_utils.get_signature(said.value)
        except SignatureVerificationError as error:
            self._refuse(_reason(error))
        key = certificate.public_key()
        if not isinstance(key, kind.public_key_type):
            self._refuse(f"Invalid public key type for signature key type: {said.key_type}")
        return kind.create_verifier(value, method, key) or self._refuse("It is empty")

    def _refuse(self, reason: str) -> Any:
        raise BadSignature(image_id=self._image.image_id, reason=reason)


def _reason(error: Exception) -> str:
    """Without the sentence that the library puts before it, which is also ours."""
    return str(error).partition("failed: ")[2].rstrip(".") or str(error)
