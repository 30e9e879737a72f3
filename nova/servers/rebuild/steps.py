"""The steps of a rebuild."""

from typing import Any

from nova.core.states import PowerState, TaskState
from nova.core.workflow import Run, Side, Step
from nova.objects.placing import NoValidHost
from nova.servers.rebuild.place import ask_for_place, put_image_back
from nova.servers.steps.config_drive import config_drive
from nova.servers.steps.device_metadata import device_columns
from nova.servers.steps.disk_secrets import ensure_disk_secrets
from nova.servers.steps.guest_spec import as_saved, guest_spec
from nova.servers.steps.image_secrets import own_image
from nova.servers.steps.kept_secrets import with_secrets
from nova.servers.steps.root_device import note_disks
from nova.servers.steps.shutdown import grace
from nova.virt.contract.errors import GuestNotFound


class AskForPlace(Step):
    """Whether the host takes the new image; then it is the host's turn."""

    def do(self, run: Run[Any]) -> None:
        if not run.instance.host:
            raise NoValidHost(reason="The server is on no host.")
        if run.progress["spec_image"] is not None:
            ask_for_place(run, run.progress["spec_image"])
        run.progress["target"] = run.instance.host

    def undo(self, run: Run[Any]) -> None:
        former = run.progress["former"]
        if former:
            put_image_back(run)
            run.change(**former)


class RebuildGuest(Step):
    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        driver = run.seams.driver
        # Disks that had secrets keep them: what is encrypted stays so.
        ensure_disk_secrets(run)
        guest = guest_spec(
            run.seams.conf,
            run.instance,
            image=own_image(run),
            config_drive=config_drive(run),
            context=run.context,
        )
        saved = driver.rebuild.rebuild(
            with_secrets(run.seams, run.context, run.instance, guest),
            preserve_ephemeral=run.progress["preserve_ephemeral"],
            on_progress=lambda stage: self._reached(run, stage),
        )
        run.change(system_metadata=as_saved(saved), **device_columns(run))
        note_disks(run)

    def _reached(self, run: Run[Any], stage: str) -> None:
        if stage == "destroy":
            self._say_goodbye(run)
            run.show(task_state=TaskState.REBUILD_BLOCK_DEVICE_MAPPING.value)
        elif stage == "disks":
            run.show(task_state=TaskState.REBUILD_SPAWNING.value)

    def _say_goodbye(self, run: Run[Any]) -> None:
        """Now that nothing is in the way any more, the guest may write what it has not."""
        driver, uuid = run.seams.driver, run.instance.uuid
        try:
            running = driver.spawn.guest_state(uuid) == PowerState.RUNNING
        except GuestNotFound:
            return
        if running:
            timeout, interval = grace(run.seams.conf, run.instance)
            driver.power.power_off(uuid, timeout=timeout, retry_interval=interval)


class RestoreRest(Step):
    """A server that was stopped is stopped again."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        if not run.progress["stopped"]:
            return
        run.show(task_state=TaskState.POWERING_OFF.value)
        timeout, interval = grace(run.seams.conf, run.instance)
        run.seams.driver.power.power_off(
            run.instance.uuid, timeout=timeout, retry_interval=interval
        )
