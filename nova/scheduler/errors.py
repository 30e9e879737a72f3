"""What the scheduler may answer instead of a place."""

from collections.abc import Sequence
from typing import Any

from nova.objects.placing import NoValidHost


def no_valid_host(reason: str, explanations: Sequence[dict[str, Any]] = ()) -> NoValidHost:
    return NoValidHost(reason=reason, explanations=list(explanations))


__all__ = ["NoValidHost", "no_valid_host"]
