"""What the definition tells tools on the host about the server."""

from nova.version import RELEASE
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.xml.domain import Written
from nova.virt.libvirt.xml.metadata import Description, Port


def description(guest: GuestSpec) -> Written:
    owner = guest.owner
    made = Description(
        package=RELEASE,
        name=guest.display_name or guest.name,
        created=guest.created_at.strftime("%Y-%m-%d %H:%M:%S") if guest.created_at else "",
        flavor=guest.flavor.name,
        flavor_id=guest.flavor.flavor_id,
        extra_specs=guest.flavor.extra_specs,
        memory=guest.memory_mb,
        disk=guest.root.size_gb,
        swap=guest.swap.size_mb if guest.swap else 0,
        ephemeral=sum(disk.size_gb for disk in guest.ephemerals),
        vcpus=guest.vcpus,
        image=guest.root.image.image_id if guest.root.image else None,
        image_properties=guest.image_properties,
        owner=(
            ((owner.user_id, owner.user_name), (owner.project_id, owner.project_name))
            if owner
            else None
        ),
        ports=[Port(nic.port_id, nic.addresses) for nic in guest.nics],
    )
    return Written((made.to_xml(),))
