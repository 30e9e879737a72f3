"""Disks that become images of the image service without leaving the cluster."""

import errno
import logging
from contextlib import AbstractContextManager
from typing import Any

from nova.virt.libvirt.storage.ceph import GONE, Cluster
from nova.virt.libvirt.storage.rbd_images import location_of
from nova.virt.libvirt.tools import CommandFailed

LOG = logging.getLogger(__name__)
QUIET = "--no-progress"
UNPROTECTED = errno.EINVAL
SNAPSHOT = "snap"
"""The name under which the image service looks for the bytes of its images."""


class Publisher:
    """Images go to the pool where that image is which the disk was cloned from: that is
    the image service's.  A disk that was not cloned has no such."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def publish(
        self, disk: str, image_id: str, at_rest: AbstractContextManager[Any]
    ) -> str | None:
        """The address of the new image; None: it cannot be done this way.  The disk is
        taken `at_rest`; what an earlier attempt left is made anew."""
        pool = self._pool_of(disk)
        if pool is None:
            return None
        self._remove(f"{pool}/{image_id}")
        moment = f"{disk}@{image_id}"
        try:
            self._copy(disk, moment, f"{pool}/{image_id}", at_rest)
        except CommandFailed as error:
            LOG.warning("Image %s cannot be made inside the cluster: %s", image_id, error)
            self._remove(f"{pool}/{image_id}")
            return None
        finally:
            self._forget(moment)
        return location_of(self._cluster.fsid(), pool, image_id, SNAPSHOT)

    def unpublish(self, disk: str, image_id: str) -> None:
        """Nothing there is no error."""
        pool = self._pool_of(disk)
        self._forget(f"{disk}@{image_id}")
        if pool is not None:
            self._remove(f"{pool}/{image_id}")

    def _copy(
        self, disk: str, moment: str, target: str, at_rest: AbstractContextManager[Any]
    ) -> None:
        """A clone that is made whole, so that it does not depend on the disk."""
        self._forget(moment)
        with at_rest:
            self._cluster.rbd("snap", "create", QUIET, moment)
        self._cluster.rbd("snap", "protect", moment)
        self._cluster.rbd("clone", moment, target)
        self._cluster.rbd("flatten", QUIET, target)
        self._cluster.rbd("snap", "create", QUIET, f"{target}@{SNAPSHOT}")
        self._cluster.rbd("snap", "protect", f"{target}@{SNAPSHOT}")

    def _pool_of(self, disk: str) -> str | None:
        facts = self._cluster.image(disk)
        parent = (facts or {}).get("parent") or {}
        return parent.get("pool")

    def _forget(self, snapshot: str) -> None:
        if self._cluster.image(snapshot) is None:
            return
        self._quietly("snap", "unprotect", snapshot)
        self._quietly("snap", "rm", QUIET, snapshot)

    def _remove(self, image: str) -> None:
        if self._cluster.image(image) is None:
            return
        self._forget(f"{image}@{SNAPSHOT}")
        self._quietly("rm", QUIET, image)

    def _quietly(self, *words: str) -> None:
        """What is not there, or not protected, is as it should be."""
        try:
            self._cluster.rbd(*words)
        except CommandFailed as error:
            if error.exit_code not in (GONE, UNPROTECTED):
                raise
