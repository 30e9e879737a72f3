"""A Ceph cluster, by its own commands.

Not by its Python bindings: those are built for the system's interpreter alone and
cannot be installed beside this project; they keep threads and memory of their own in
the process, and cannot be interrupted.  A command is gone when it is done, costs less
than 0.1 s, and says by its exit code what is wrong.
"""

import errno
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nova.virt.contract.errors import HypervisorUnavailable
from nova.virt.libvirt.storage.source import CephAccess
from nova.virt.libvirt.tools import CommandFailed, Tools

GONE, BUSY, FULL_OF_SNAPSHOTS = errno.ENOENT, errno.EBUSY, errno.ENOTEMPTY
AWAY = "timed out"
"""All that the command `ceph` says of a cluster that does not answer."""


@dataclass(frozen=True)
class PoolSpace:
    """In bytes as users see them, whatever the number of copies."""

    used: int
    free: int


class Cluster:
    """`timeout` seconds are enough to connect, or HypervisorUnavailable is raised;
    `secret_uuid` is that of the user's key in the hypervisor."""

    def __init__(
        self, tools: Tools, *, conf: str, user: str | None, secret_uuid: str | None, timeout: int
    ) -> None:
        self._tools = tools
        self._conf = conf or None
        self._user = user or None
        self._secret = secret_uuid
        self._timeout = timeout
        self._fsid: str | None = None
        self._access: CephAccess | None = None

    @property
    def who(self) -> tuple[str | None, str | None]:
        """User and file of settings."""
        return self._user, self._conf

    def fsid(self) -> str:
        if self._fsid is None:
            self._fsid = self._ceph("fsid").strip()
        return self._fsid

    def access(self) -> CephAccess:
        if self._access is None:
            self._access = CephAccess(self._monitors(), self._user, self._secret, self._conf)
        return self._access

    def space(self, pool: str) -> PoolSpace:
        pools = json.loads(self._ceph("df", "--format", "json"))["pools"]
        stats = next((one["stats"] for one in pools if one["name"] == pool), None)
        if stats is None:
            raise CommandFailed(verb="run ceph", reason=f"there is no pool {pool}", exit_code=GONE)
        return PoolSpace(int(stats.get("stored", stats["bytes_used"])), int(stats["max_avail"]))

    def rbd(self, *words: str) -> str:
        seconds = str(self._timeout)
        return self._run("rbd", "--client_mount_timeout", seconds, *words)

    def read(self, name: str) -> Iterator[bytes]:
        """All bytes of pool/image@snapshot; raises HypervisorError."""
        seconds = str(self._timeout)
        return self._tools.stream(
            "rbd", *self._identity(), "--client_mount_timeout", seconds,
            "export", "--no-progress", name, "-",
        )  # fmt: skip

    def images(self, pool: str) -> list[str]:
        names: list[str] = json.loads(self.rbd("ls", pool, "--format", "json"))
        return names

    def image(self, name: str) -> dict[str, Any] | None:
        """What is known of pool/image or pool/image@snapshot; None: it is not there."""
        try:
            facts: dict[str, Any] = json.loads(self.rbd("info", name, "--format", "json"))
        except CommandFailed as error:
            if error.exit_code == GONE:
                return None
            raise
        return facts

    def _monitors(self) -> tuple[tuple[str, str], ...]:
        """Their addresses, IPv6 ones without the brackets that the command writes."""
        found = json.loads(self._ceph("mon", "dump", "--format", "json"))["mons"]
        pairs = (one["addr"].partition("/")[0].rpartition(":") for one in found)
        return tuple((host.strip("[]"), port) for host, _colon, port in pairs)

    def _ceph(self, *words: str) -> str:
        seconds = str(self._timeout)
        return self._run("ceph", "--connect-timeout", seconds, *words)

    def _run(self, program: str, *words: str) -> str:
        try:
            return self._tools.run(program, *self._identity(), *words)
        except CommandFailed as error:
            reason = str(error.gaps["reason"])
            if error.exit_code == errno.ETIMEDOUT or reason.endswith(AWAY):
                raise HypervisorUnavailable(service="ceph", reason=reason) from error
            raise

    def _identity(self) -> tuple[str, ...]:
        told = (("--conf", self._conf), ("--id", self._user))
        return tuple(word for name, value in told if value for word in (name, value))
