"""What a guest is called on its hypervisor."""

from nova.objects.server import Instance


def guest_name(template: str, instance: Instance) -> str:
    """[DEFAULT]instance_name_template over the record: '%d' or '%08x' takes the id,
    '%(uuid)s' and the like a column."""
    try:
        return template % instance.id
    except TypeError:
        return template % instance.as_dict()
