"""The answer of the scheduler when there is no place; conductors read it too."""

from typing import Any

from nova.errors import NovaError


class NoValidHost(NovaError):
    """No place was found for one of the servers; nothing is claimed.

    `reason` is the short sentence for the user.  The gap `explanations` is a
    list of {'host', 'node', 'check', 'reason', 'asked', 'free'}: each host
    looked at with the first check it failed, for the administrator.
    """

    template = "No valid host was found. {reason}"
    code = 500

    @property
    def explanations(self) -> list[dict[str, Any]]:
        return list(self.gaps.get("explanations", ()))
