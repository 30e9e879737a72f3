"""Keeping with a server what its guest is told of named devices."""

from typing import Any

from nova.core.workflow import Run
from nova.seams import HostSeams
from nova.servers.steps.metadata import devices


def device_columns(run: Run[HostSeams]) -> dict[str, Any]:
    """Columns of the instance to change once its guest has its devices, or other ones."""
    if not devices.are_told(run.instance):
        return {}
    driver = run.seams.driver
    places = driver.addresses.of(run.instance.uuid) if driver.addresses else ()
    return {"device_metadata": devices.kept(run.instance, places)}
