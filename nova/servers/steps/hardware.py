"""The hardware of a guest: what flavor and image together may ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nova.errors import Invalid
from nova.objects.flavor import Flavor
from nova.servers.steps.image_properties import SECRET, is_true
from nova.virt.contract.numa import GuestNuma
from nova.virt.pci.wishes import affinity_of
from nova.virt.topology.errors import Conflicting
from nova.virt.topology.guest import guest_numa

Properties = Mapping[str, Any]
PARTS = ("sockets", "cores", "threads")
UNBOUNDED = 65536


class TooManySerialPorts(Invalid):
    template = (
        "Forbidden to exceed flavor value of number of serial ports passed in image meta."
    )


class NotANumber(Invalid):
    template = "Invalid value '{value}' for '{name}': it is not a number."


class LimitsExceeded(Invalid):
    template = (
        "Image vCPU topology limits (sockets={image[sockets]}, cores={image[cores]}, "
        "threads={image[threads]}) exceeds the limits of the flavor "
        "(sockets={flavor[sockets]}, cores={flavor[cores]}, threads={flavor[threads]})"
    )


class TopologyExceeded(Invalid):
    template = (
        "Image vCPU topology (sockets={image[sockets]}, cores={image[cores]}, "
        "threads={image[threads]}) exceeds the limits of the flavor or image "
        "(sockets={most[sockets]}, cores={most[cores]}, threads={most[threads]})"
    )


class LimitsImpossible(Invalid):
    template = (
        "Requested vCPU limits {sockets}:{cores}:{threads} are impossible to satisfy for vcpus "
        "count {vcpus}"
    )


class EncryptionNeedsUefi(Invalid):
    template = (
        "Memory encryption requested by {requesters} but image {image} doesn't have "
        "'hw_firmware_type' property set to 'uefi' or volume-backed instance was requested"
    )


class BadMachineType(Invalid):
    template = "Machine type '{machine}' is not compatible with image {image}: {reason}"


class TpmIncomplete(Invalid):
    template = "A TPM model was requested, but no TPM version: set hw:tpm_version"


class NoAccelerators(Invalid):
    template = "Accelerator device profile {profile} cannot be used: this cloud has no accelerators"


class ImageLocked(Invalid):
    template = "Image {image} is encrypted, and cannot be used: {reason}"


class BadAddressBits(Invalid):
    template = "hw:maxphysaddr_bits is only valid with hw:maxphysaddr_mode=emulate"


# Where flavor and image may both speak, but only with one voice: names behind hw: and hw_.
ONE_VOICE = (
    "ephemeral_encryption_format", "maxphysaddr_bits", "maxphysaddr_mode", "mem_encryption_model",
    "redirected_usb_ports", "sound_model", "tpm_model", "tpm_version", "usb_model", "viommu_model",
)
ONE_VOICE_FLAGS = (
    "ephemeral_encryption", "mem_encryption", "pmu", "vif_multiqueue_enabled",
    "virtio_packed_ring",
)


@dataclass(frozen=True)
class Asked:
    """`properties` are the image's under their present names."""

    flavor: Flavor
    properties: Properties
    image_id: str

    @property
    def specs(self) -> Mapping[str, str]:
        return self.flavor.extra_specs or {}

    def text(self, name: str) -> str | None:
        found = self.specs.get(f"hw:{name}", self.properties.get(f"hw_{name}"))
        return None if found is None else str(found)


def numa_of(flavor: Flavor, properties: Properties) -> GuestNuma | None:
    """The memory nodes of the guest; raises as nova.virt.topology.guest."""
    return guest_numa(flavor.extra_specs or {}, properties, flavor.vcpus, flavor.memory_mb)


def refuse_bad_hardware(flavor: Flavor, properties: Properties, image_id: str) -> None:
    """Raises a kind of Invalid."""
    asked = Asked(flavor, properties, image_id)
    for check in CHECKS:
        check(asked)


def _agree(asked: Asked) -> None:
    for name in ONE_VOICE:
        _same(asked, name, str)
    for name in ONE_VOICE_FLAGS:
        _same(asked, name, is_true)
    _same_hidden(asked)


def _same(asked: Asked, name: str, read: Callable[[Any], Any]) -> None:
    flavor, image = asked.specs.get(f"hw:{name}"), asked.properties.get(f"hw_{name}")
    if flavor is not None and image is not None and read(flavor) != read(image):
        raise Conflicting(name=f"hw:{name}", flavor=flavor, image=image)


def _same_hidden(asked: Asked) -> None:
    flavor = asked.specs.get("hw:hide_hypervisor_id", asked.specs.get("hide_hypervisor_id"))
    image = asked.properties.get("img_hide_hypervisor_id")
    if flavor is not None and image is not None and is_true(flavor) != is_true(image):
        raise Conflicting(name="hw:hide_hypervisor_id", flavor=flavor, image=image)


def _serial_ports(asked: Asked) -> None:
    flavor = _number(asked.specs, "hw:serial_port_count")
    image = _number(asked.properties, "hw_serial_port_count")
    if flavor is not None and image is not None and image > flavor:
        raise TooManySerialPorts()


def _cpu_topology(asked: Asked) -> None:
    specs, properties = asked.specs, asked.properties
    granted = {p: _number(specs, f"hw:cpu_max_{p}") or UNBOUNDED for p in PARTS}
    limits = {p: _number(properties, f"hw_cpu_max_{p}") for p in PARTS}
    if any((limits[p] or 0) > granted[p] for p in PARTS):
        raise LimitsExceeded(image={p: limits[p] or -1 for p in PARTS}, flavor=granted)
    most = {p: limits[p] or granted[p] for p in PARTS}
    wished = {p: _number(properties, f"hw_cpu_{p}") for p in PARTS}
    fixed = any(_number(specs, f"hw:cpu_{p}") is not None for p in PARTS)
    if not fixed and any((wished[p] or 0) > most[p] for p in PARTS):
        raise TopologyExceeded(image={p: wished[p] or -1 for p in PARTS}, most=most)
    if not _possible(asked.flavor.vcpus, most):
        raise LimitsImpossible(vcpus=asked.flavor.vcpus, **most)


def _possible(vcpus: int, most: Mapping[str, int]) -> bool:
    """Whether the number is a product of one of each within the limits."""
    return any(
        vcpus % (threads * cores) == 0 and vcpus // (threads * cores) <= most["sockets"]
        for threads in range(1, min(vcpus, most["threads"]) + 1)
        for cores in range(1, min(vcpus, most["cores"]) + 1)
    )


def _memory_nodes(asked: Asked) -> None:
    numa_of(asked.flavor, asked.properties)
    affinity_of(asked.specs, asked.properties)


def _tpm(asked: Asked) -> None:
    if asked.text("tpm_model") and not asked.text("tpm_version"):
        raise TpmIncomplete()


def _encryption(asked: Asked) -> None:
    by = {
        f"hw:mem_encryption extra spec in {asked.flavor.name} flavor":
            asked.specs.get("hw:mem_encryption"),
        f"hw_mem_encryption property of image {asked.image_id}":
            asked.properties.get("hw_mem_encryption"),
    }
    requesters = " and ".join(who for who, value in by.items() if is_true(value))
    if not requesters:
        return
    if asked.properties.get("hw_firmware_type") != "uefi":
        raise EncryptionNeedsUefi(requesters=requesters, image=asked.image_id)
    machine = asked.properties.get("hw_machine_type")
    if machine is not None and "q35" not in machine:
        reason = "q35 type is required for SEV to work"
        raise BadMachineType(machine=machine, image=asked.image_id, reason=reason)


def _encrypted_image(asked: Asked) -> None:
    """What was encrypted is never written in plain."""
    secret = asked.properties.get(SECRET)
    if secret is None or is_true(asked.text("ephemeral_encryption")):
        return
    reason = "neither flavor nor image ask for encrypted disks (hw:ephemeral_encryption)"
    raise ImageLocked(image=asked.image_id, reason=reason)


def _address_bits(asked: Asked) -> None:
    bits = asked.text("maxphysaddr_bits")
    if bits is not None and asked.text("maxphysaddr_mode") != "emulate":
        raise BadAddressBits()
    _number({"hw:maxphysaddr_bits": bits}, "hw:maxphysaddr_bits")


def _accelerators(asked: Asked) -> None:
    """Better no server than one without what it was to have."""
    if profile := asked.specs.get("accel:device_profile"):
        raise NoAccelerators(profile=profile)


def _number(source: Mapping[str, Any], name: str) -> int | None:
    value = source.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise NotANumber(name=name, value=value) from None


CHECKS: tuple[Callable[[Asked], None], ...] = (
    _agree, _serial_ports, _cpu_topology, _memory_nodes, _tpm, _encryption, _encrypted_image,
    _address_bits,
    _accelerators,
)
