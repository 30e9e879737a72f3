"""The image store of the fake hypervisor: sizes, no bytes.

With an image source, images are read and examined just as a real driver does;
without one, they are taken at their word.
"""

from collections.abc import Collection, Sequence

from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef, RootDisk
from nova.virt.contract.errors import BadImage, ImageTooBig, ImageUnavailable
from nova.virt.contract.images import CachedImage, ImageSource
from nova.virt.contract.trust import NOBODY_SAID, Trust
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.imagery.intake import Intake
from nova.virt.imagery.vetting import Vetting, VettingRules

GIB = 1024**3


class FakeImages:
    def __init__(
        self,
        hypervisor: FakeHypervisor,
        source: ImageSource | None,
        rules: VettingRules | None = None,
    ) -> None:
        self._hypervisor = hypervisor
        self._source = source
        self._vetting = Vetting(source, rules) if source is not None else None
        self._signers: dict[str, str] = {}
        self._fetching = hypervisor.clock.lock()
        self._asked: dict[str, float] = {}

    def take(self, uuid: str, root: RootDisk, trust: Trust) -> None:
        """Use the image for a guest's root disk; checks that it fits."""
        assert root.image is not None
        self.cache(root.image, trust)
        if root.image.image_id in self._hypervisor.locked_images:
            _require_key(root, root.image)
        size = self._hypervisor.image_cache[root.image.image_id]
        room = root.size_gb * GIB
        if room and size > room:
            raise ImageTooBig(
                uuid=uuid, image_id=root.image.image_id, image_bytes=size, disk_bytes=room
            )

    def cache(self, image: ImageRef, trust: Trust = NOBODY_SAID) -> bool:
        known = self._hypervisor.image_cache
        with self._fetching:
            self._asked[image.image_id] = self._now()
            if image.image_id in known and self._vetted(image.image_id, trust):
                return True
            known[image.image_id] = self._size(image, trust)
        return False

    def cached(self) -> Sequence[CachedImage]:
        guests = self._hypervisor.all()
        return [
            CachedImage(image_id, size, sum(1 for guest in guests if guest.image_id == image_id))
            for image_id, size in list(self._hypervisor.image_cache.items())
        ]

    def prune(
        self,
        keep: Collection[str],
        *,
        unused_seconds: float,
        resized_seconds: float | None = None,
    ) -> Sequence[str]:
        oldest = self._now() - unused_seconds
        dropped = []
        for image in self.cached():
            if image.users or image.image_id in keep:
                self._asked[image.image_id] = self._now()
            elif self._asked.setdefault(image.image_id, self._now()) <= oldest:
                dropped.append(image.image_id)
        for image_id in dropped:
            self._hypervisor.image_cache.pop(image_id, None)
        return dropped

    def _now(self) -> float:
        return self._hypervisor.clock.now().timestamp()

    def _vetted(self, image_id: str, trust: Trust) -> bool:
        if self._vetting is None or not self._vetting.wanted(trust):
            return True
        signer = self._signers.get(image_id)
        if signer is not None:
            self._vetting.vouch(image_id, signer, trust)
        return signer is not None

    def _size(self, image: ImageRef, trust: Trust) -> int:
        if self._source is None or self._vetting is None:
            return image.size or 0
        try:
            stream = self._source.fetch(image.image_id)
        except NovaError as error:
            raise ImageUnavailable(image_id=image.image_id, reason=error.message) from error
        check = self._vetting.check_of(stream.ref, trust)
        intake = Intake(image, stream, signature=check)
        for _chunk in intake:
            pass
        if check is not None:
            self._signers[image.image_id] = check.signer
        if intake.content().encrypted:
            self._hypervisor.locked_images.add(image.image_id)
        return intake.content().virtual_size


def _require_key(root: RootDisk, image: ImageRef) -> None:
    if image.encryption is None or image.encryption.passphrase is None:
        raise BadImage(image_id=image.image_id, reason="its secret is not at hand")
    if root.encryption is None:
        reason = "it is encrypted, and the disks of the server are not"
        raise BadImage(image_id=image.image_id, reason=reason)
