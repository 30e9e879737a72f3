"""Options of the fake hypervisor; upstream has none of them."""

from oslo_config import cfg

GROUP = "fake"
OPTIONS: tuple[cfg.Opt, ...] = (
    cfg.ListOpt(
        "nodes",
        default=[],
        help="Names of the nodes of this host; none means one, named as the host.",
    ),
    cfg.IntOpt("vcpus", min=1, help="CPUs of a node; unset takes those of the driver's class."),
    cfg.IntOpt("memory_mb", min=1, help="Memory of a node in MiB."),
    cfg.IntOpt("disk_gb", min=0, help="Storage of a node in GiB."),
    cfg.ListOpt("traits", default=[], help="Traits of a node besides the usual ones."),
    cfg.IntOpt(
        "numa_cells", default=0, min=0,
        help="Memory nodes that CPUs and memory are spread over; 0: the host tells of none.",
    ),
    cfg.IntOpt("cpu_threads", default=1, min=1, help="Threads of a core."),
    cfg.ListOpt(
        "huge_pages", default=[],
        help="Pages of each memory node as SIZE:COUNT, the size in KiB.",
    ),
    cfg.ListOpt(
        "pci_devices", default=[],
        help="PCI devices as VENDOR:PRODUCT:COUNT or VENDOR:PRODUCT:COUNT:TYPE (type-PCI, "
        "type-PF, type-VF), spread over the memory nodes; virtual functions have a card each.",
    ),
    cfg.ListOpt(
        "gpus", default=[],
        help="Devices that mediated devices are cut from, as TYPE:COUNT, or with several such "
        "pairs where there is a choice (nvidia-35:4:nvidia-36:2).",
    ),
    cfg.ListOpt(
        "memory_encryption", default=[],
        help="Ways to encrypt the memory of guests, and for how many, as MODEL:COUNT "
        "(amd-sev, amd-sev-es, amd-sev-snp, intel-tdx).",
    ),
    cfg.StrOpt(
        "state_directory",
        help="Where guests are remembered over the death of the process; unset forgets them.",
    ),
    cfg.FloatOpt("spawn_seconds", default=0, min=0, help="How long it takes to build a guest."),
    cfg.FloatOpt("power_seconds", default=0, min=0, help="How long a change of power takes."),
    cfg.IntOpt("fail_every_nth_spawn", default=0, min=0, help="Let every nth build fail; 0 none."),
)


def register(conf: cfg.ConfigOpts) -> None:
    """Make `conf.fake` readable; doing it twice is harmless."""
    conf.register_opts(OPTIONS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """For the check of configuration files at start."""
    return [(GROUP, list(OPTIONS))]
