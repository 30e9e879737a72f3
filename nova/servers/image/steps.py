"""From the disk of a server to an image."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from oslo_utils import strutils

from nova.clients.errors import TokenRejected
from nova.clients.image.contract import (
    ImageChange,
    ImageForbidden,
    ImageMeta,
    ImageNotFound,
    ImageQuery,
    ImageRefused,
)
from nova.context import RequestContext, admin_context
from nova.core.states import TaskState, VmState
from nova.core.workflow import Run, Side, Step
from nova.errors import NovaError, Unavailable
from nova.objects.server import Instance
from nova.servers.image.properties import filled
from nova.servers.image.secrets_of_pictures import (
    forget_picture_secret,
    picture_secret,
    properties_of,
    readable,
    root_encrypted,
    secret_of_image,
)
from nova.servers.steps.guest_spec import guest_spec, image_properties
from nova.servers.steps.kept_secrets import startable
from nova.servers.steps.tpm import TpmSecretAway
from nova.virt.contract import DiskEncryption, GuestSpec, Picture, Quiesce, SnapshotWish
from nova.virt.contract.errors import MadeWay

LOG = logging.getLogger(__name__)
T = TypeVar("T")
DONE = "active"


class LocationRefused(NovaError):
    """The image service does not take an image by being told where it is."""

    template = "The image service refuses the location: {reason}"


def image_of(run: Run[Any]) -> str:
    found: str = run.operation.arguments["image_id"]
    return found


def keeps_it(run: Run[Any]) -> bool:
    """A backup of which none is to be kept needs no picture."""
    return bool(run.operation.arguments.get("rotation") != 0)


def asked(run: Run[Any], ask: Callable[[RequestContext], T]) -> T:
    """As the user; when the token is not good any more, on our own behalf."""
    try:
        return ask(run.context)
    except TokenRejected:
        return ask(admin_context(run.operation.request_id))


def delete_image(run: Run[Any], image_id: str) -> None:
    """And what it is encrypted with."""
    secret = _secret_of(run, image_id)
    asked(run, lambda context: run.seams.image.delete(context, image_id))
    if secret is not None:
        forget_picture_secret(run, secret)


def _secret_of(run: Run[Any], image_id: str) -> str | None:
    if not root_encrypted(run.instance):
        return None
    try:
        found = asked(run, lambda context: run.seams.image.show(context, image_id))
    except (ImageNotFound, ImageForbidden):
        return None
    return secret_of_image(found)


class ImageWaits(Step):
    """The image that the API registered is there; without a picture it goes away again."""

    on = Side.HOST
    undo_on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        """ImageNotFound when its user changed their mind, and nothing is done."""
        if keeps_it(run):
            asked(run, lambda context: run.seams.image.show(context, image_of(run)))

    def undo(self, run: Run[Any]) -> None:
        delete_image(run, image_of(run))


class TakePicture(Step):
    """The picture, and its way to the image service; both again after a crash."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        if not keeps_it(run) or self._there(run).status == DONE:
            return
        if run.instance.task_state == TaskState.IMAGE_SNAPSHOT_PENDING:
            run.show(task_state=TaskState.IMAGE_SNAPSHOT.value)
        wish = replace(wish_of(run.instance), encryption=self._encryption(run))
        try:
            self._take(run, replace(wish, image_id=image_of(run)))
        except LocationRefused as refused:
            LOG.info("The image service wants the bytes themselves: %s", refused)
            self._take(run, wish)

    def undo(self, run: Run[Any]) -> None:
        run.seams.driver.snapshots.forget(run.instance.uuid, image_of(run))

    def _take(self, run: Run[Any], wish: SnapshotWish) -> None:
        with run.seams.driver.snapshots.take(
            _guest(run),
            wish,
            on_extract=lambda: run.show(task_state=TaskState.IMAGE_PENDING_UPLOAD.value),
            wanted=run.wanted,
        ) as picture:
            run.show(task_state=TaskState.IMAGE_UPLOADING.value)
            self._hand_over(run, picture, filled(run.instance, picture.disk_format))

    def _hand_over(self, run: Run[Any], picture: Picture, change: ImageChange) -> None:
        image, location = run.seams.image, picture.location
        if location is None:
            asked(run, lambda context: image.upload(
                context, image_of(run), unless_wanted(run, picture.chunks()), change))
            return
        asked(run, lambda context: image.update(context, image_of(run), change))
        try:
            asked(run, lambda context: image.locate(context, image_of(run), location))
        except (ImageForbidden, ImageRefused) as error:
            raise LocationRefused(reason=error.message) from error

    def _encryption(self, run: Run[Any]) -> DiskEncryption | None:
        """Of the image.  Its properties tell of the secret before it has any bytes."""
        if not root_encrypted(run.instance):
            return None
        known = secret_of_image(self._there(run))
        if known is not None:
            return readable(run, known)
        made = picture_secret(run, image_of(run))
        change = ImageChange(set=properties_of(made))
        try:
            asked(run, lambda context: run.seams.image.update(context, image_of(run), change))
        except NovaError:
            forget_picture_secret(run, made.secret_id)
            raise
        return made

    def _there(self, run: Run[Any]) -> ImageMeta:
        return asked(run, lambda context: run.seams.image.show(context, image_of(run)))


def unless_wanted(run: Run[Any], chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Who waits for the server, to delete it say, need not wait for a long transfer."""
    for chunk in chunks:
        if run.wanted():
            raise MadeWay(uuid=run.instance.uuid)
        yield chunk


class RotateBackups(Step):
    """Only so many backups of a kind are kept.  One that cannot be deleted is left."""

    on = Side.EITHER
    undo_on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        keep = run.operation.arguments["rotation"]
        for image in self._backups(run)[keep:]:
            self._delete(run, image.id)

    def undo(self, run: Run[Any]) -> None:
        """A backup that is whole stays; one that was never to be kept has nothing in it."""
        if not keeps_it(run):
            delete_image(run, image_of(run))

    def _backups(self, run: Run[Any]) -> list[ImageMeta]:
        """The newest first; other projects may have images that claim to be such."""
        wanted = ImageQuery(filters={
            "image_type": "backup",
            "backup_type": run.operation.arguments["backup_type"],
            "instance_uuid": run.instance.uuid,
        })
        newest = image_of(run)
        found = asked(run, lambda context: run.seams.image.list(context, wanted))
        owner = next((one.owner for one in found if one.id == newest), run.instance.project_id)
        own = [one for one in found if one.owner == owner]
        return sorted(own, key=lambda one: one.id != newest)

    def _delete(self, run: Run[Any], image_id: str) -> None:
        try:
            delete_image(run, image_id)
        except Unavailable:
            raise
        except NovaError as error:
            LOG.warning("Backup %s of %s is kept: %s", image_id, run.instance.uuid, error)


def wish_of(instance: Instance) -> SnapshotWish:
    return SnapshotWish(_quiesce(instance), sleeps=instance.vm_state == VmState.SUSPENDED)


def _quiesce(instance: Instance) -> Quiesce:
    properties = image_properties(instance)
    if strutils.bool_from_string(properties.get("os_require_quiesce", "")):
        return Quiesce.MUST
    agent = strutils.bool_from_string(properties.get("hw_qemu_guest_agent", ""))
    return Quiesce.TRY if agent else Quiesce.NO


def _guest(run: Run[Any]) -> GuestSpec:
    """Able to start again, should it have to stop for the picture, unless only its user could
    start it: most need not stop."""
    try:
        return startable(run)
    except TpmSecretAway:
        return guest_spec(run.seams.conf, run.instance, context=run.context)
