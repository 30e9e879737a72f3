"""What the user wants the guest to have."""

import base64

from nova.objects.server import Instance


def user_data(instance: Instance) -> bytes | None:
    """As it was before it was wrapped for JSON; None when nothing was given."""
    return base64.b64decode(instance.user_data) if instance.user_data else None
