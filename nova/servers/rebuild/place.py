"""Whether a server may stay where it is with another image."""

from collections.abc import Mapping
from typing import Any

from nova.core.workflow import Run
from nova.objects.cloud import RequestSpec
from nova.objects.placing import NoValidHost
from nova.objects.store.errors import RequestSpecNotFound

# The scheduler's hint that only those of its filters have a say that judge images.
CHECK_TYPE, REBUILD = "_nova_check_type", "rebuild"
TRAIT, REQUIRED, FORBIDDEN = "trait:", "required", "forbidden"
INSTEAD = (
    "Either specify a different image during rebuild or create a new server with the specified "
    "image."
)
UNSATISFIED = f"Image traits cannot be satisfied by the current resource providers. {INSTEAD}"
CONTRADICTED = (
    f"Image traits are part of forbidden traits in flavor associated with the server. {INSTEAD}"
)


def ask_for_place(run: Run[Any], image: dict[str, Any]) -> None:
    """Raises NoValidHost; the request spec tells of the new image afterwards."""
    spec = _spec(run)
    if spec is None:
        return
    if (spec.image or {}).get("id") != image["id"]:
        run.progress["former_spec_image"] = spec.image
    spec.image = image
    run.seams.scheduler.select(run.context, [_staying(run, spec)], 0)
    _require_traits(run, image.get("properties") or {})
    run.seams.stores.api.specs.save(spec)


def put_image_back(run: Run[Any]) -> None:
    spec, former = _spec(run), run.progress.get("former_spec_image")
    if spec is not None and former is not None:
        spec.image = former
        run.seams.stores.api.specs.save(spec)


def _spec(run: Run[Any]) -> RequestSpec | None:
    """Servers that are older than such records have none."""
    try:
        found: RequestSpec = run.seams.stores.api.specs.get(run.instance.uuid)
    except RequestSpecNotFound:
        return None
    return found


def _staying(run: Run[Any], spec: RequestSpec) -> RequestSpec:
    asked: RequestSpec = spec.obj_clone()
    asked.hints = {**(spec.hints or {}), CHECK_TYPE: [REBUILD]}
    asked.force_hosts = [run.instance.host]
    asked.force_nodes = [run.instance.node] if run.instance.node else []
    asked.num_instances = 1
    return asked


def _require_traits(run: Run[Any], properties: Mapping[str, Any]) -> None:
    """The image's required traits are had by what the server holds already."""
    wanted = _traits(properties, REQUIRED)
    if not wanted:
        return
    if wanted & _traits(run.instance.flavor.extra_specs, FORBIDDEN):
        raise NoValidHost(reason=CONTRADICTED)
    placement = run.seams.placement
    held = placement.allocations.get(run.context, run.instance.uuid)
    there: set[str] = set()
    for provider in held.resources:
        there |= set(placement.facts.traits(run.context, provider).traits)
    if not wanted <= there:
        raise NoValidHost(reason=UNSATISFIED)


def _traits(asked: Mapping[str, Any], how: str) -> set[str]:
    return {
        key.removeprefix(TRAIT)
        for key, value in asked.items()
        if key.startswith(TRAIT) and value == how
    }
