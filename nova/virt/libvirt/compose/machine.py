"""Firmware, features, clock and identity."""

from oslo_utils import strutils

from nova.version import PRODUCT, RELEASE, VENDOR
from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.passed import needs_split_interrupts
from nova.virt.libvirt.compose.site import X86, Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.storage import layout as names
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.xml.machine import (
    Entry,
    Features,
    GuestClock,
    Os,
    Perf,
    PerfEvent,
    Sysinfo,
    Timer,
)

DIRECT_KERNEL_LINE = "root=/dev/vda console=tty0 console=ttyS0"
SPINLOCK_RETRIES = 8191
DISGUISE = "1234567890ab"


def firmware(guest: GuestSpec, disks: GuestDisks, site: Site) -> Os:
    wishes = Wishes.of(guest)
    kernel = disks.path(names.KERNEL)
    line = guest.image_properties.get("os_command_line") or DIRECT_KERNEL_LINE
    efi = _wants_efi(guest, site)
    return Os(
        arch=site.arch_of(guest),
        machine=site.machine_of(guest),
        firmware="efi" if efi else None,
        loader_secure=True if efi and _secure(guest, wishes, site) else None,
        loader_stateless=True if efi and wishes.flag("firmware_stateless") else None,
        kernel=kernel,
        initrd=disks.path(names.RAMDISK),
        cmdline=line if kernel else None,
        boot_menu=wishes.flag("boot_menu"),
        smbios="sysinfo" if site.arch_of(guest) in X86 else None,
    )


def features(guest: GuestSpec, site: Site) -> Features:
    wishes = Wishes.of(guest)
    windows = guest.os_type == "windows"
    hidden = _hidden(wishes)
    on = True if windows and site.virt_type_of(guest) == "kvm" else None
    cache = site.conf.libvirt.tb_cache_size
    emulated_cache = cache if cache and site.virt_type_of(guest) == "qemu" else None
    return Features(
        acpi=True,
        apic=site.arch_of(guest) in X86 and not site.conf.workarounds.libvirt_disable_apic,
        kvm_hidden=True if hidden else None,
        pmu=wishes.flag("pmu"),
        vmcoreinfo=True if site.arch_of(guest) in X86 | {"aarch64"} else None,
        tb_cache=emulated_cache,
        tb_cache_unit="MiB" if emulated_cache else None,
        hyperv_relaxed=on,
        hyperv_vapic=on,
        hyperv_spinlocks=on,
        hyperv_retries=SPINLOCK_RETRIES if on else None,
        hyperv_vpindex=on,
        hyperv_runtime=on,
        hyperv_synic=on,
        hyperv_reset=on,
        hyperv_frequencies=on,
        hyperv_tlbflush=on,
        hyperv_ipi=on,
        hyperv_vendor=True if on and hidden else None,
        hyperv_vendor_value=DISGUISE if on and hidden else None,
        smm=True if _wants_efi(guest, site) and _secure(guest, wishes, site) else None,
        ioapic="qemu" if needs_split_interrupts(guest, site) else None,
    )


def counters(site: Site) -> Perf | None:
    """What of the processor's counters is to be told of guests, as far as the host has it."""
    events = site.conf.libvirt.enabled_perf_events
    told = tuple(PerfEvent(name=e, enabled=True) for e in events if e in site.perf_events)
    return Perf(events=told) if told else None


def clock(guest: GuestSpec, site: Site) -> GuestClock:
    windows = guest.os_type == "windows"
    offset = "localtime" if windows else "utc"
    if site.virt_type_of(guest) != "kvm":
        return GuestClock(offset=offset)
    timers = [Timer(name="pit", tickpolicy="delay"), Timer(name="rtc", tickpolicy="catchup")]
    if site.arch_of(guest) in X86:
        timers.append(Timer(name="hpet", present=bool(Wishes.of(guest).flag("time_hpet"))))
    if windows:
        timers.append(Timer(name="hypervclock", present=True))
    return GuestClock(offset=offset, timers=tuple(timers))


def identity(guest: GuestSpec, site: Site) -> Sysinfo | None:
    """What the guest reads in its firmware tables; only where there are such."""
    if site.arch_of(guest) not in X86:
        return None
    values = {
        "manufacturer": VENDOR,
        "product": PRODUCT,
        "version": RELEASE,
        "serial": _serial(guest, site),
        "uuid": guest.uuid,
        "family": "Virtual Machine",
    }
    return Sysinfo(entries=tuple(Entry(name=n, value=v) for n, v in values.items() if v))


def _serial(guest: GuestSpec, site: Site) -> str:
    mode = site.conf.libvirt.sysinfo_serial
    if mode == "auto":
        mode = "os" if site.machine_id else "hardware"
    known = {"unique": guest.uuid, "os": site.machine_id, "hardware": site.host_uuid, "none": ""}
    return known[mode]


def _hidden(wishes: Wishes) -> bool:
    old = wishes.specs.get("hide_hypervisor_id") or wishes.properties.get("img_hide_hypervisor_id")
    new = wishes.specs.get("hw:hide_hypervisor_id")
    return strutils.bool_from_string(new or old or "")


def _wants_efi(guest: GuestSpec, site: Site) -> bool:
    wanted = guest.image_properties.get("hw_firmware_type")
    efi = wanted == "uefi" or (wanted is None and site.arch_of(guest) == "aarch64")
    if efi and not site.efi:
        raise UnsupportedGuest(what="The firmware", value="uefi")
    return efi


def _secure(guest: GuestSpec, wishes: Wishes, site: Site) -> bool:
    """Needs firmware for it and, on this architecture, a machine that can keep its secrets."""
    wanted = wishes.specs.get("os:secure_boot") or wishes.properties.get("os_secure_boot")
    able = site.secure_boot and (
        site.arch_of(guest) not in X86 or "q35" in site.machine_of(guest)
    )
    if wanted == "required" and not able:
        raise UnsupportedGuest(what="Secure boot", value=wanted)
    return wanted == "required" or (wanted == "optional" and able)
