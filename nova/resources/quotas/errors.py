"""What a request about quotas may be refused with."""

from nova.errors import Invalid


class ProjectUnknown(Invalid):
    template = "Project ID {project_id} is not a valid project."


class BelowUsage(Invalid):
    template = (
        "Quota limit {limit} for {resource} must be greater than or equal to already used and "
        "reserved {minimum}."
    )


class AboveProject(Invalid):
    template = "Quota limit {limit} for {resource} must be less than or equal to {maximum}."
