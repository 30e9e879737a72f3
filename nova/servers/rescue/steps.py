"""To the rescue disk and back."""

from typing import Any

from nova.core.states import PowerState, VmState
from nova.core.workflow import Run, Side, Step
from nova.servers.steps.config_drive import config_drive
from nova.servers.steps.guest_spec import image_ref
from nova.servers.steps.image_secrets import legible
from nova.servers.steps.kept_secrets import startable
from nova.servers.steps.shutdown import grace
from nova.virt.contract import RescueDisk


class StartFromRescueDisk(Step):
    """A guest that cannot be rescued goes on as it was."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        driver, uuid = run.seams.driver, run.instance.uuid
        if driver.spawn.guest_state(uuid) == PowerState.RUNNING:
            timeout, interval = grace(run.seams.conf, run.instance)
            driver.power.power_off(uuid, timeout=timeout, retry_interval=interval)
        driver.rescue.rescue(startable(run), self._disk(run))

    def undo(self, run: Run[Any]) -> None:
        ran = run.instance.vm_state == VmState.ACTIVE
        run.seams.driver.rescue.unrescue(startable(run), start=ran)

    def _disk(self, run: Run[Any]) -> RescueDisk:
        told = run.operation.arguments
        properties = told.get("properties") or {}
        run.progress["admin_password"] = told.get("admin_password")
        return RescueDisk(
            image=legible(run, image_ref(told.get("image") or {}), properties),
            properties=properties,
            config_drive=config_drive(run),
        )


class StartFromOwnDisk(Step):
    """Goes only forward."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        run.seams.driver.rescue.unrescue(startable(run))
