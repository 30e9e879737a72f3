"""What kind of disk image is it really, and may a tool open it?

Nothing of an image is trusted before this: a disk image can name other files of
the host as its backing, and a "raw" image can be anything.  The format is found
from the bytes, compared with what was claimed, and dangerous features are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oslo_utils.imageutils import format_inspector

from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadImage

CONTENTS_OF_CLAIM = {
    "raw": frozenset({"raw", "gpt"}),
    "iso": frozenset({"iso", "gpt"}),
    "ami": frozenset({"raw", "gpt"}),
    "aki": frozenset({"raw", "gpt", "iso"}),
    "ari": frozenset({"raw", "gpt", "iso"}),
}
"""What may be found in an image that is opened as plain bytes.  A partition table is
the beginning of any whole disk, and of a CD that is also one."""
CONTENT_OF_CLAIM = {"qcow2": "qcow2", "vhd": "vhd", "vhdx": "vhdx", "vmdk": "vmdk", "vdi": "vdi"}
CRYPT_METHOD = slice(32, 36)
"""Of a qcow2 file's beginning: zero unless it is encrypted."""
LUKS = 2


@dataclass(frozen=True)
class Rules:
    """`vmdk_types` are the subformats of VMDK that are taken.  Where `deep` is off, an image
    may also be something else than it says, as long as it is opened as what it says; what
    would make a tool open other files is refused all the same."""

    vmdk_types: tuple[str, ...] = ("streamOptimized", "monolithicSparse")
    deep: bool = True

    @property
    def known_vmdk(self) -> frozenset[str]:
        return frozenset(kind.lower() for kind in self.vmdk_types)


STRICT = Rules()


@dataclass(frozen=True)
class Content:
    """`format` is "raw" or a name of CONTENT_OF_CLAIM; sizes in bytes."""

    format: str
    virtual_size: int
    encrypted: bool = False


class Inspection:
    """Fed with the bytes of an image as they arrive; judges at the end."""

    def __init__(self, image: ImageRef, rules: Rules = STRICT) -> None:
        self._image = image
        self._rules = rules
        self._size = 0
        self._chunk = b""
        self._start = b""
        self._wrapper = format_inspector.InspectWrapper(_Source(self))  # type: ignore[arg-type]

    def update(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._size += len(chunk)
        if len(self._start) < CRYPT_METHOD.stop:
            self._start += chunk[: CRYPT_METHOD.stop]
        next(self._wrapper)

    def finish(self) -> Content:
        """Raises BadImage: a false claim, an unknown claim, a dangerous feature."""
        self._wrapper.close()
        found = self._found()
        allowed = CONTENTS_OF_CLAIM.get(self._claim())
        if allowed is None:
            return self._structured(found)
        wrong = found - allowed or (self._claim() == "iso" and "iso" not in found)
        if wrong and self._rules.deep:
            self._refuse(f"it claims to be {self._claim()} and is {_any(found)}")
        return Content("raw", self._size)

    def _structured(self, found: set[str]) -> Content:
        expected = CONTENT_OF_CLAIM.get(self._claim())
        if expected is None:
            self._refuse(f"its format {self._claim()} is not supported")
        if expected not in found or (self._rules.deep and found != {expected}):
            self._refuse(f"it claims to be {self._claim()} and is {_any(found)}")
        inspector = next(one for one in self._wrapper.formats or () if str(one) == expected)
        try:
            inspector.safety_check()
        except (format_inspector.SafetyCheckFailed, format_inspector.ImageFormatError) as error:
            self._refuse(_reason(error))
        self._check_details(inspector)
        return Content(expected or "", inspector.virtual_size, self._crypt_method() != 0)

    def _check_details(self, inspector: format_inspector.FileInspector) -> None:
        if self._crypt_method() not in self._known_methods():
            self._refuse("it is encrypted")
        if isinstance(inspector, format_inspector.VMDKInspector):
            self._check_subformat(inspector.vmdktype)

    def _crypt_method(self) -> int:
        """0: it is not encrypted."""
        qcow2 = self._claim() == "qcow2"
        return int.from_bytes(self._start[CRYPT_METHOD], "big") if qcow2 else 0

    def _known_methods(self) -> tuple[int, ...]:
        """What nobody has the secret of is of no use."""
        return (0,) if self._image.encryption is None else (0, LUKS)

    def _check_subformat(self, kind: str) -> None:
        if kind not in self._rules.known_vmdk:
            self._refuse(f"its subformat {kind} is not allowed here")

    def _found(self) -> set[str]:
        return {str(inspector) for inspector in self._wrapper.formats or ()}

    def _claim(self) -> str:
        return self._image.disk_format.lower()

    def _refuse(self, reason: str) -> None:
        raise BadImage(image_id=self._image.image_id, reason=reason)


class _Source:
    """Hands the inspectors the chunk that has just arrived."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._inspection._chunk


def _any(found: set[str]) -> str:
    return " and ".join(sorted(found)) or "nothing known"


def _reason(error: Exception) -> str:
    failures = getattr(error, "failures", None)
    return ", ".join(str(failure) for failure in failures.values()) if failures else str(error)
