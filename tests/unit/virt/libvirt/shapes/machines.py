"""Machine, firmware, features, clock."""

from tests.unit.virt.libvirt.shapes.shape import Shape

Q35 = {"hw_machine_type": "q35"}
UEFI = {**Q35, "hw_firmware_type": "uefi"}
KVM = {"virt_type": "kvm"}
FRIENDLY = {
    f"features/hyperv/{name}@state": "on"
    for name in ("relaxed", "vapic", "spinlocks", "vpindex", "runtime", "synic", "reset",
                 "frequencies", "tlbflush", "ipi")
}  # fmt: skip

SHAPES = (
    Shape("a plain one", {
        "name": "instance-0000002a", "uuid": True, "memory": "524288", "vcpu": "2",
        "@type": "qemu", "iothreads": "1", "os/type@arch": "x86_64", "os/type@machine": "pc",
        "features/acpi": True, "features/apic": True, "features/vmcoreinfo@state": "on",
        "features/pmu": False, "features/kvm": False, "os@firmware": False, "os/bootmenu": False,
        "os/smbios@mode": "sysinfo", "sysinfo/system/entry[@name='family']": "Virtual Machine",
        "clock@offset": "utc", "clock/timer": False, "perf": False, "cputune": False,
        "memoryBacking": False, "numatune": False,
    }),
    Shape("with hardware help", {"@type": "kvm", "clock/timer[@name='pit']@tickpolicy": "delay",
                                 "clock/timer[@name='rtc']@tickpolicy": "catchup",
                                 "clock/timer[@name='hpet']@present": "no"}, options=KVM),
    Shape("of another architecture", {"os/type@arch": "aarch64", "@type": "qemu",
                                      "os/type@machine": "virt", "os@firmware": "efi"},
          properties={"hw_emulation_architecture": "aarch64"}, options=KVM),
    Shape("of the architecture it says", {"os/type@arch": "i686"},
          properties={"hw_architecture": "i686"}),
    Shape("a machine of the image", {"os/type@machine": "pc-q35-6.2"},
          properties={"hw_machine_type": "pc-q35-6.2"}),
    Shape("a machine of the operator", {"os/type@machine": "q35"},
          options={"hw_machine_type": ["x86_64=q35"]}),
    Shape("the machine it had", {"os/type@machine": "pc-i440fx-6.2"},
          options={"hw_machine_type": ["x86_64=q35"]},
          guest={"saved": {"image_hw_machine_type": "pc-i440fx-6.2"}}),
    Shape("a boot menu", {"os/bootmenu@enable": "yes"}, {"hw:boot_menu": "true"}),
    Shape("a boot menu of the image", {"os/bootmenu@enable": "no"}, {"hw:boot_menu": "true"},
          {"hw_boot_menu": "false"}),
    Shape("a kernel of its own", {
        "os/kernel": True, "os/initrd": True, "os/cmdline": "quiet"},
        properties={"os_command_line": "quiet"}, disks=("kernel", "ramdisk")),
    Shape("BIOS", {"os@firmware": False}, properties={"hw_firmware_type": "bios"}),
    Shape("UEFI", {"os@firmware": "efi", "os/loader": False, "features/smm": False},
          properties=UEFI),
    Shape("secure boot", {"os@firmware": "efi", "os/loader@secure": "yes",
                          "features/smm@state": "on"}, {"os:secure_boot": "required"}, UEFI),
    Shape("secure boot where it can be had", {"os/loader@secure": "yes"},
          properties={**UEFI, "os_secure_boot": "optional"}),
    Shape("secure boot where it cannot", {"os/loader": False}, site={"secure_boot": False},
          properties={**UEFI, "os_secure_boot": "optional"}),
    Shape("firmware without a memory", {"os/loader@stateless": "yes"},
          properties={**UEFI, "hw_firmware_stateless": "true"}),
    Shape("hidden", {"features/kvm/hidden@state": "on"}, {"hw:hide_hypervisor_id": "true"}),
    Shape("hidden as of old", {"features/kvm/hidden@state": "on"}, {"hide_hypervisor_id": "yes"}),
    Shape("hidden by its image", {"features/kvm/hidden@state": "on"},
          properties={"img_hide_hypervisor_id": "true"}),
    Shape("counters", {"features/pmu@state": "on"}, {"hw:pmu": "true"}),
    Shape("no counters", {"features/pmu@state": "off"}, properties={"hw_pmu": "false"}),
    Shape("a precise timer", {"clock/timer[@name='hpet']@present": "yes"}, options=KVM,
          properties={"hw_time_hpet": "true"}),
    Shape("Windows", {**FRIENDLY, "clock@offset": "localtime",
                      "clock/timer[@name='hypervclock']@present": "yes",
                      "features/hyperv/vendor_id": False},
          options=KVM, guest={"os_type": "windows"}),
    Shape("Windows that shall not see", {"features/hyperv/vendor_id@state": "on"},
          {"hw:hide_hypervisor_id": "true"}, options=KVM, guest={"os_type": "windows"}),
    Shape("translated code", {"features/tcg/tb-cache": "64", "features/tcg/tb-cache@unit": "MiB"},
          options={"tb_cache_size": 64}),
    Shape("no interrupt controller", {"features/apic": False},
          options={"workarounds.libvirt_disable_apic": True}),
    Shape("a number of its own", {
        "sysinfo/system/entry[@name='serial']": "11111111-2222-4333-8444-555555555555"}),
    Shape("the host's number", {
        "sysinfo/system/entry[@name='serial']": "0123456789abcdef0123456789abcdef"},
        options={"sysinfo_serial": "os"}),
    Shape("no number", {"sysinfo/system/entry[@name='serial']": False},
          options={"sysinfo_serial": "none"}),
    Shape("events counted", {"perf/event[@name='cpu_cycles']@enabled": "yes",
                             "perf/event[@name='cmt']": False},
          options={"enabled_perf_events": ["cpu_cycles", "cmt"]},
          site={"perf_events": frozenset({"cpu_cycles"})}),
)  # fmt: skip
