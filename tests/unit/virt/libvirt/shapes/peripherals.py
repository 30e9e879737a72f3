"""All other devices."""

from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.contract.pci import ClaimedDevice
from tests.unit.virt.libvirt.shapes.machines import Q35
from tests.unit.virt.libvirt.shapes.shape import Shape

SPICE = {"spice.enabled": True}
ONLY_SPICE = {**SPICE, "vnc.enabled": False}
SCREEN = "devices/graphics[@type='spice']"
SWTPM = {"swtpm_enabled": True}
GPU = ClaimedDevice("0000:81:00.0", "request-1", tags={"managed": "true"}, alias="gpu")
VGPU, OTHER_VGPU = (
    ClaimedMdev(f"4b20d080-1b54-4048-85b3-a6a62d165c0{number}", "nvidia-35", "pci_0000_84_00_0")
    for number in (1, 2))

SHAPES = (
    Shape("nothing special", {
        "devices/video/model@type": "virtio", "devices/video/model@vram": False,
        "devices/graphics@type": "vnc", "devices/graphics/listen@address": "127.0.0.1",
        "devices/graphics@keymap": False, "devices/channel": False, "devices/sound": False,
        "devices/watchdog": False, "devices/tpm": False, "devices/iommu": False,
        "devices/hostdev": False, "devices/redirdev": False,
        "devices/input[@type='tablet']@bus": "usb", "devices/input[@type='keyboard']": False,
        "devices/controller[@type='usb']@model": "qemu-xhci",
        "devices/rng@model": "virtio", "devices/rng/backend": "/dev/urandom",
        "devices/rng/rate": False,
        "devices/serial@type": "pty", "devices/serial[2]": False, "devices/console@type": "pty"}),
    Shape("no USB", {"devices/controller[@type='usb']@model": "none", "devices/input": False},
          options={".pointer_model": "ps2mouse"}),
    Shape("a pointer all the same", {"devices/input[@type='tablet']@bus": "usb"},
          properties={"hw_pointer_model": "usbtablet"},
          options={".pointer_model": "ps2mouse"}),
    Shape("pointer and keyboard on a bus", {
        "devices/input[@type='tablet']@bus": "virtio",
        "devices/input[@type='keyboard']@bus": "virtio",
        "devices/controller[@type='usb']@model": "none"}, properties={"hw_input_bus": "virtio"}),
    Shape("the agent points", {"devices/input[@type='tablet']": False}, options=ONLY_SPICE),
    *(Shape(f"video {model}", {"devices/video/model@type": model},
            properties={"hw_video_model": model})
      for model in ("cirrus", "qxl", "vga", "bochs", "vmvga")),
    Shape("no screen", {"devices/video": False, "devices/graphics": False, "devices/input": False},
          properties={"hw_video_model": "none"}),
    Shape("video memory", {"devices/video/model@vram": "16384"}, {"hw_video:ram_max_mb": "64"},
          {"hw_video_ram": "16"}),
    Shape("SPICE", {
        f"{SCREEN}/listen@address": "0.0.0.0", f"{SCREEN}@defaultMode": "secure",
        f"{SCREEN}/image@compression": "auto_glz", f"{SCREEN}/jpeg@compression": "never",
        f"{SCREEN}/zlib@compression": "always", f"{SCREEN}/playback@compression": "on",
        f"{SCREEN}/streaming@mode": "filter",
        "devices/channel[@type='spicevmc']/target@name": "com.redhat.spice.0"},
        options={**SPICE, "spice.server_listen": "0.0.0.0", "spice.require_secure": True,
                 "spice.image_compression": "auto_glz", "spice.jpeg_compression": "never",
                 "spice.zlib_compression": "always", "spice.playback_compression": True,
                 "spice.streaming_mode": "filter"}),
    Shape("SPICE without an agent", {"devices/channel": False,
                                     "devices/input[@type='tablet']": True},
          options={**ONLY_SPICE, "spice.agent_enabled": False}),
    Shape("USB from afar", {"devices/redirdev[2]@type": "spicevmc", "devices/redirdev[3]": False},
          {"hw:redirected_usb_ports": "2"}, options=SPICE),
    Shape("USB from afar, says the image", {"devices/redirdev@bus": "usb"},
          properties={"hw_redirected_usb_ports": "1"}, options=SPICE),
    Shape("USB of a kind", {"devices/controller[@type='usb']@model": "nec-xhci"},
          {"hw:usb_model": "nec-xhci"}),
    Shape("USB of the image's kind", {"devices/controller[@type='usb']@model": "nec-xhci"},
          properties={"hw_usb_model": "nec-xhci"}),
    Shape("an agent", {"devices/channel@type": "unix",
                       "devices/channel/target@name": "org.qemu.guest_agent.0"},
          properties={"hw_qemu_guest_agent": "yes"}),
    Shape("no source of chance", {"devices/rng": False}, {"hw_rng:allowed": "false"}),
    Shape("chance by the spoon", {"devices/rng/rate@bytes": "2048",
                                  "devices/rng/rate@period": "500"},
          {"hw_rng:rate_bytes": "2048", "hw_rng:rate_period": "500"},
          {"hw_rng_model": "virtio"}),
    Shape("a watchdog", {"devices/watchdog@model": "i6300esb",
                         "devices/watchdog@action": "reset"}, {"hw:watchdog_action": "reset"}),
    Shape("the image's watchdog", {"devices/watchdog@action": "poweroff"},
          {"hw:watchdog_action": "reset"}, {"hw_watchdog_action": "poweroff"}),
    Shape("no watchdog", {"devices/watchdog": False}, {"hw:watchdog_action": "disabled"}),
    *(Shape(f"sound {model}", {"devices/sound@model": model}, {"hw:sound_model": model})
      for model in ("sb16", "es1370", "ac97", "ich6", "ich9", "usb", "virtio")),
    Shape("sound of the image", {"devices/sound@model": "ich6"},
          properties={"hw_sound_model": "ich6"}),
    Shape("lines", {"devices/serial[3]/target@port": "2", "devices/serial[4]": False},
          {"hw:serial_port_count": "3"}),
    Shape("fewer lines, says the image", {"devices/serial[2]": True, "devices/serial[3]": False},
          {"hw:serial_port_count": "3"}, {"hw_serial_port_count": "2"}),
    Shape("lines that can be reached", {"devices/serial@type": "tcp",
                                        "devices/serial/source@mode": "bind",
                                        "devices/serial/source@host": "127.0.0.1",
                                        "devices/console": False},
          options={"serial_console.enabled": True}),
    Shape("a TPM", {"devices/tpm@model": "tpm-crb", "devices/tpm/backend@type": "emulator",
                    "devices/tpm/backend@version": "2.0",
                    "devices/tpm/backend/encryption@secret": True},
          {"hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb", "hw:tpm_secret_security": "host"},
          options=SWTPM),
    Shape("an old TPM, says the image", {"devices/tpm@model": "tpm-tis",
                                         "devices/tpm/backend@version": "1.2"},
          properties={"hw_tpm_version": "1.2", "hw_tpm_model": "tpm-tis"}, options=SWTPM),
    Shape("an IOMMU", {"devices/iommu@model": "intel", "devices/iommu/driver@caching_mode": "on",
                       "features/ioapic@driver": "qemu"},
          {"hw:viommu_model": "intel"}, Q35, options={"virt_type": "kvm"}),
    Shape("any IOMMU", {"devices/iommu@model": "virtio"},
          properties={**Q35, "hw_viommu_model": "auto"}),
    Shape("a card of the host", {"devices/hostdev@managed": "yes",
                                 "devices/hostdev/source/address@bus": "0x81"},
          {"pci_passthrough:alias": "gpu:1"}, cards=(GPU,)),
    Shape("a part of a graphics card", {
        "devices/hostdev@mode": "subsystem", "devices/hostdev[@type='mdev']@model": "vfio-pci",
        "devices/hostdev[@type='mdev']/source/address@uuid": VGPU.uuid,
        "devices/hostdev@managed": False, "devices/hostdev[2]": False},
        {"resources:VGPU": "1"}, mdevs=(VGPU,)),
    Shape("a card and two parts of another", {
        "devices/hostdev[1]@type": "pci", "devices/hostdev[2]@type": "mdev",
        "devices/hostdev[3]/source/address@uuid": OTHER_VGPU.uuid},
        {"pci_passthrough:alias": "gpu:1", "resources1:VGPU": "2"}, cards=(GPU,),
        mdevs=(VGPU, OTHER_VGPU)),
    Shape("room for cards", {"devices/controller[@model='pcie-root']@index": "0",
                             "devices/controller[@model='pcie-root-port']": True},
          properties=Q35, options={"num_pcie_ports": 4}),
)  # fmt: skip
