"""What a server starts from."""

from nova.objects.server import Instance

ROOT = 0


def volume_backed(instance: Instance) -> bool:
    """Whether its root disk is a volume."""
    roots = [one for one in instance.block_devices if one.boot_index == ROOT]
    if roots:
        return any(one.destination_type == "volume" for one in roots)
    return not instance.image_ref
