"""Reading an image from its source, examined on the way."""

from collections.abc import Iterator

from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import ImageUnavailable
from nova.virt.contract.images import ImageStream
from nova.virt.imagery.inspection import STRICT, Content, Inspection, Rules
from nova.virt.imagery.integrity import Integrity
from nova.virt.imagery.signature import SignatureCheck


class Intake:
    """Iterate over all of it, then ask for its `content`.

    What the image service says with the stream counts more than what was known
    before.  The end of the iteration raises ImageChecksumMismatch, BadSignature or
    BadImage; a broken transfer raises ImageUnavailable.
    """

    def __init__(
        self,
        image: ImageRef,
        stream: ImageStream,
        rules: Rules = STRICT,
        signature: SignatureCheck | None = None,
    ) -> None:
        self._stream = stream
        self.image = stream.ref
        self._integrity = Integrity(stream.ref)
        self._inspection = Inspection(stream.ref, rules)
        self._signature = signature
        self._content: Content | None = None

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks():
            self._integrity.update(chunk)
            self._inspection.update(chunk)
            if self._signature is not None:
                self._signature.update(chunk)
            yield chunk
        self._integrity.check()
        if self._signature is not None:
            self._signature.check()
        self._content = self._inspection.finish()

    def content(self) -> Content:
        if self._content is None:
            raise RuntimeError("the image has not been read to its end")
        return self._content

    def _chunks(self) -> Iterator[bytes]:
        try:
            yield from self._stream.chunks
        except (OSError, NovaError) as error:
            raise ImageUnavailable(image_id=self.image.image_id, reason=str(error)) from error
