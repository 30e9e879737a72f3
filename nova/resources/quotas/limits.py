"""What limits hold for a project.

From weak to strong: the configured default, what was set for the class of all
projects, for the project, for a user in it.
"""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call
from nova.seams import ApiSeams

UNLIMITED = -1
DEFAULT_CLASS = "default"
NO_QUOTAS = "nova.quota.NoopQuotaDriver"

# resource: the option that gives its default
OPTIONS: Mapping[str, str] = {
    "instances": "instances",
    "cores": "cores",
    "ram": "ram",
    "metadata_items": "metadata_items",
    "injected_files": "injected_files",
    "injected_file_content_bytes": "injected_file_content_bytes",
    "injected_file_path_bytes": "injected_file_path_length",
    "key_pairs": "key_pairs",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
}


def exceeds(amount: int, allowed: int) -> bool:
    return allowed != UNLIMITED and amount > allowed


def configured(conf: Any) -> dict[str, int]:
    if conf.quota.driver == NO_QUOTAS:
        return dict.fromkeys(OPTIONS, UNLIMITED)
    return {resource: getattr(conf.quota, option) for resource, option in OPTIONS.items()}


def limits_of(
    call: Call[ApiSeams], project_id: str | None = None, user_id: str | None = None
) -> dict[str, int]:
    """The limits of a project (the caller's unless given), by resource."""
    usual = configured(call.seams.conf)
    if call.seams.conf.quota.driver == NO_QUOTAS:
        return usual
    quotas = call.seams.stores.api.quotas
    of_class = quotas.class_limits(DEFAULT_CLASS)
    chosen = quotas.limits(project_id or call.context.project_id or "", user_id)
    return usual | of_class | chosen
