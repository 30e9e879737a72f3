"""What limits hold for a project.

From weak to strong: the configured default, what was set for the class of all
projects, for the project, for a user in it.  With unified limits the identity
service keeps all of them, under names of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.core.call import Call
from nova.seams import ApiSeams

UNLIMITED = -1
DEFAULT_CLASS = "default"
NO_QUOTAS = "nova.quota.NoopQuotaDriver"
UNIFIED_LIMITS = "nova.quota.UnifiedLimitsDriver"

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
# What the network service limits.  Numbers set here are kept, shown to older versions, and
# mean nothing.
NETWORK = ("fixed_ips", "floating_ips", "security_group_rules", "security_groups")
KEPT = frozenset((*OPTIONS, *NETWORK))
# resource: what the identity service calls it
UNIFIED_NAMES: Mapping[str, str] = {
    "instances": "servers",
    "cores": "class:VCPU",
    "ram": "class:MEMORY_MB",
    "metadata_items": "server_metadata_items",
    "injected_files": "server_injected_files",
    "injected_file_content_bytes": "server_injected_file_content_bytes",
    "injected_file_path_bytes": "server_injected_file_path_bytes",
    "key_pairs": "server_key_pairs",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
}


def exceeds(amount: int, allowed: int) -> bool:
    return allowed != UNLIMITED and amount > allowed


def is_unified(conf: Any) -> bool:
    return bool(conf.quota.driver == UNIFIED_LIMITS)


def configured(conf: Any) -> dict[str, int]:
    if conf.quota.driver == NO_QUOTAS:
        return dict.fromkeys(OPTIONS, UNLIMITED)
    return {resource: getattr(conf.quota, option) for resource, option in OPTIONS.items()}


def defaults_of(call: Call[ApiSeams], quota_class: str = DEFAULT_CLASS) -> dict[str, int]:
    """What a project has for which nothing was set."""
    if is_unified(call.seams.conf):
        return unified_limits(call).in_old_names()
    usual = configured(call.seams.conf)
    if call.seams.conf.quota.driver == NO_QUOTAS:
        return usual
    return usual | _known(call.seams.stores.api.quotas.class_limits(quota_class))


@dataclass(frozen=True)
class Limits:
    """The limits of a project and of a user in it, by resource; and with unified limits
    those of the project by the identity service's names."""

    project: Mapping[str, int]
    user: Mapping[str, int]
    unified: "UnifiedLimits | None" = None


@dataclass(frozen=True)
class UnifiedLimits:
    """What the identity service has; `listed` without a registered limit are allowed not at
    all (and the others at will), or the other way round, as the strategy says."""

    registered: Mapping[str, int]
    own: Mapping[str, int]
    listed: frozenset[str]
    required: bool

    def of(self, name: str) -> int:
        if name in self.registered:
            return self.own.get(name, self.registered[name])
        return 0 if (name in self.listed) == self.required else UNLIMITED

    def in_old_names(self) -> dict[str, int]:
        return {resource: self.of(name) for resource, name in UNIFIED_NAMES.items()}


def all_limits(
    call: Call[ApiSeams], project_id: str | None = None, user_id: str | None = None
) -> Limits:
    """Of the caller's project and of the caller unless given."""
    conf = call.seams.conf
    project_id = project_id or call.context.project_id or ""
    if is_unified(conf):
        found = unified_limits(call, project_id)
        return Limits(found.in_old_names(), found.in_old_names(), found)
    usual = defaults_of(call)
    if conf.quota.driver == NO_QUOTAS:
        return Limits(usual, usual)
    owner = user_id or call.context.user_id or ""
    project, user = call.seams.stores.api.quotas.both(project_id, owner)
    return Limits(usual | _known(project), usual | _known(user))


def limits_of(
    call: Call[ApiSeams], project_id: str | None = None, user_id: str | None = None
) -> Mapping[str, int]:
    """The limits of a project (the caller's unless given), or of a user in it."""
    found = all_limits(call, project_id, user_id)
    return found.user if user_id else found.project


def unified_limits(call: Call[ApiSeams], project_id: str | None = None) -> UnifiedLimits:
    """Of a project, or only the registered ones."""
    identity, options = call.seams.identity, call.seams.conf.quota
    return UnifiedLimits(
        identity.registered_limits(call.context),
        identity.project_limits(call.context, project_id) if project_id else {},
        frozenset(options.unified_limits_resource_list),
        options.unified_limits_resource_strategy == "require",
    )


def _known(limits: Mapping[str, int]) -> dict[str, int]:
    return {resource: limit for resource, limit in limits.items() if resource in KEPT}
