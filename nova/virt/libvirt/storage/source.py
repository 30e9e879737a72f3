"""Where a disk lies, as the hypervisor and its tools are told."""

from dataclasses import dataclass

FILE, BLOCK, NETWORK = "file", "block", "network"


@dataclass(frozen=True)
class CephAccess:
    """How to reach a Ceph cluster: pairs of address and port, a user (None: the
    library's default) whose key the hypervisor has as secret `secret_uuid`, and a
    file of settings."""

    monitors: tuple[tuple[str, str], ...]
    user: str | None = None
    secret_uuid: str | None = None
    conf: str | None = None


@dataclass(frozen=True)
class DiskSource:
    """`kind` is FILE or BLOCK (`path` is that of the file or device), or NETWORK
    (`path` is pool/image of the cluster that `ceph` tells of)."""

    kind: str
    format: str
    path: str
    ceph: CephAccess | None = None

    @property
    def url(self) -> str:
        """As the disk image tool takes it."""
        if self.ceph is None:
            return self.path
        return rbd_url(self.path, self.ceph.user, self.ceph.conf)


def rbd_url(image: str, user: str | None, conf: str | None) -> str:
    """Of pool/image, or pool/image@snapshot."""
    facts = {"id": user, "conf": conf}
    told = (f":{name}={_escaped(value)}" for name, value in facts.items() if value)
    return "rbd:" + _escaped(image) + "".join(told)


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\:=" else letter for letter in text)
