"""Hardware that libvirt guests see."""

from oslo_config import cfg

from nova.conf.libvirt.group import GROUP
from nova.conf.section import Section

SECTION = Section(
    GROUP,
    (
        cfg.StrOpt(
            "cpu_mode",
            choices=["host-model", "host-passthrough", "custom", "none"],
            help="Guest CPU mode.",
        ),
        cfg.ListOpt("cpu_model_extra_flags", default=[], help="CPU flags to add (+) or drop (-)."),
        cfg.ListOpt(
            "cpu_models",
            default=[],
            deprecated_opts=[cfg.DeprecatedOpt("cpu_model", group="libvirt")],
            help="Ordered CPU models for custom mode.",
        ),
        cfg.ListOpt("hw_machine_type", help="Default machine type per architecture."),
        cfg.IntOpt("max_queues", min=1, help="Virtio multiqueue ceiling."),
        cfg.IntOpt("num_pcie_ports", default=0, min=0, max=28, help="PCIe root ports per guest."),
        cfg.StrOpt("rng_dev_path", default="/dev/urandom", help="Host entropy source path."),
        cfg.IntOpt("rx_queue_size", choices=[256, 512, 1024], help="Virtio receive queue length."),
        cfg.StrOpt(
            "sysinfo_serial",
            default="unique",
            choices=["none", "os", "hardware", "auto", "unique"],
            help="Source of SMBIOS serial number.",
        ),
        cfg.IntOpt("tx_queue_size", choices=[256, 512, 1024], help="Virtio transmit queue length."),
        cfg.BoolOpt("use_virtio_for_bridges", default=True, help="Use virtio NICs by default."),
    ),
)
