"""The steps of a build."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nova.clients.network.contract import Interface, vifs_to_json
from nova.clients.placement.contract import Allocation, Consumer
from nova.core.states import TaskState
from nova.core.workflow import Run, Side, Step
from nova.errors import Unavailable
from nova.objects.cloud import Selection
from nova.servers.create.port_groups import allocation_of
from nova.servers.steps.allocation import drop_allocation
from nova.servers.steps.config_drive import config_drive
from nova.servers.steps.device_metadata import device_columns
from nova.servers.steps.group_place import settle_group
from nova.servers.steps.guest_spec import as_saved, guest_spec
from nova.servers.steps.host_claim import claim_of_host
from nova.servers.steps.image_secrets import own_image
from nova.servers.steps.kept_secrets import with_secrets
from nova.servers.steps.plugs import expected_plugs
from nova.servers.steps.root_device import note_disks
from nova.servers.steps.wiring import free_networks, wiring_of
from nova.virt.pci.wishes import binding_of, wishes_from_json

LOG = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0


def candidates(run: Run[Any]) -> list[Selection]:
    return [Selection.obj_from_primitive(one) for one in run.progress["candidates"]]


def chosen(run: Run[Any]) -> Selection:
    found: Selection = candidates(run)[run.progress.get("candidate", 0)]
    return found


def refusals(run: Run[Any]) -> list[str]:
    """Why each host that was tried could not, the last one included."""
    earlier: list[str] = run.progress.get("refusals", [])
    return earlier if run.error is None else [*earlier, f"{chosen(run).host}: {run.error}"]


def next_candidate(run: Run[Any]) -> bool:
    """Move to the next alternate; False when there is none."""
    following = run.progress.get("candidate", 0) + 1
    if following >= len(run.progress["candidates"]):
        return False
    run.progress["refusals"] = refusals(run)
    run.progress["candidate"] = following
    run.progress["target"] = chosen(run).host
    return True


class ClaimAllocation(Step):
    """The first candidate was claimed by the scheduler; an alternate is claimed here,
    and the record says where the server is going."""

    on = Side.CONDUCTOR

    def do(self, run: Run[Any]) -> None:
        selection = chosen(run)
        if run.progress.get("candidate", 0):
            settle_group(run, selection.host)
            run.seams.placement.allocations.claim(run.context, self._allocation(run, selection))
        run.progress["target"] = selection.host
        run.change(**placed_on(selection))

    def undo(self, run: Run[Any]) -> None:
        drop_allocation(run)
        run.change(host=None, node=None, compute_id=None)

    def _allocation(self, run: Run[Any], selection: Selection) -> Allocation:
        asked = selection.allocation or {}
        consumer = Consumer(run.instance.uuid, run.instance.project_id, run.instance.user_id)
        return Allocation(consumer, asked["resources"], asked.get("mappings") or {})


def mappings_of(selection: Selection) -> Mapping[str, Sequence[str]]:
    """Providers by group: of a claim that is made already, or of one that is to be made."""
    told = selection.allocation or selection.limits or {}
    found: Mapping[str, Sequence[str]] = told.get("mappings") or {}
    return found


def placed_on(selection: Selection) -> dict[str, Any]:
    """Columns of the instance that say where it is."""
    return {
        "host": selection.host,
        "node": selection.node,
        "launched_on": selection.host,
        "availability_zone": selection.availability_zone,
    }


def interface_of(
    asked: dict[str, Any], bindings: Mapping[str, Mapping[str, Any]]
) -> Interface:
    """`bindings` {port: what it says of the host's device it is, and of who serves it}."""
    return Interface(
        network_id=asked.get("network_id"),
        port_id=asked.get("port_id"),
        address=asked.get("address"),
        tag=asked.get("tag"),
        profile=bindings.get(asked.get("port_id") or "", {}),
    )


def bindings_of(run: Run[Any]) -> dict[str, dict[str, Any]]:
    """For the ports that are devices of the host, once those are claimed, and for those that
    hold resources of a provider."""
    bindings: dict[str, dict[str, Any]] = {
        port: {"allocation": allocation} for port, allocation in _allocations(run)
    }
    for wish in wishes_from_json(run.instance.pci_requests):
        for device in wish.devices if wish.port_id is not None else ():
            bindings.setdefault(str(wish.port_id), {}).update(binding_of(device))
    return bindings


def _allocations(run: Run[Any]) -> Iterator[tuple[str, Any]]:
    groups = run.progress.get("port_groups") or {}
    served = mappings_of(chosen(run)) if groups else {}
    providers = {group: found[0] for group, found in served.items()}
    for port, asked in groups.items():
        allocation = allocation_of(port, asked, providers)
        if allocation is not None:
            yield port, allocation


class ClaimHost(Step):
    """Processors, memory pages and devices for this server alone."""

    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        claim_of_host(run, mappings_of(chosen(run)))

    def undo(self, run: Run[Any]) -> None:
        run.seams.books.release(run.instance.uuid)


class AllocateNetworks(Step):
    on = Side.HOST
    undo_on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        asked = run.progress["interfaces"]
        if not asked and not run.progress.get("auto"):
            run.instance.network_info = []
            return
        again = run.operation.attempts > 1 or bool(run.progress.get("candidate"))
        pauses = _pauses(run.seams.conf.network_allocate_retries)
        while True:
            try:
                run.instance.network_info = self._allocated(run, again)
                return
            except Unavailable as error:
                pause = next(pauses, None)
                if pause is None:
                    raise
                LOG.warning("No networks for server %s yet: %s", run.instance.uuid, error)
                run.seams.clock.sleep(pause)
                again = True

    def undo(self, run: Run[Any]) -> None:
        if run.progress["interfaces"] or run.progress.get("auto"):
            free_networks(run)

    def _allocated(self, run: Run[Any], again: bool) -> list[dict[str, Any]]:
        bindings = bindings_of(run)
        vifs = run.seams.network.allocate(
            run.context,
            wiring_of(run.instance, tuple(run.progress.get("security_groups", ()))),
            [interface_of(one, bindings) for one in run.progress["interfaces"]],
            auto=bool(run.progress.get("auto")),
            again=again,
        )
        return vifs_to_json(vifs)


def _pauses(retries: int) -> Iterator[float]:
    """Seconds between attempts: each twice the one before, up to half a minute."""
    return (min(2.0**number, LONGEST_PAUSE) for number in range(retries))


class SpawnGuest(Step):
    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        run.seams.driver.spawn.destroy(run.instance.uuid) if run.operation.attempts > 1 else None
        run.show(task_state=TaskState.SPAWNING.value)
        # Ports that are wired already need no waiting.
        pending = [vif["id"] for vif in run.instance.network_info if not vif["active"]]
        with expected_plugs(run, pending) as plugged:
            saved = run.seams.driver.spawn.spawn(self._guest(run), wait_for_plug=plugged)
        known = run.changes.get("system_metadata", {})
        run.change(system_metadata={**known, **as_saved(saved)}, **device_columns(run))
        note_disks(run)

    def undo(self, run: Run[Any]) -> None:
        run.seams.driver.spawn.destroy(run.instance.uuid)

    def _guest(self, run: Run[Any]) -> Any:
        guest = guest_spec(
            run.seams.conf,
            run.instance,
            image=own_image(run),
            config_drive=config_drive(run),
            context=run.context,
        )
        return with_secrets(run.seams, run.context, run.instance, guest)
