"""Sets of processors, as operators write them: 0-3,^2,8."""

from oslo_config import cfg

from nova.errors import ConfigurationFailure
from nova.virt.libvirt.xml.domain import Domain
from nova.virt.libvirt.xml.machine import CpuTune


def parse_cpus(text: str) -> frozenset[int]:
    """Raises ConfigurationFailure."""
    taken: set[int] = set()
    dropped: set[int] = set()
    for rule in filter(None, (part.strip() for part in text.split(","))):
        target = dropped if rule.startswith("^") else taken
        target.update(_range(rule.lstrip("^"), text))
    if not taken:
        raise ConfigurationFailure(reason=f"no processors in {text!r}")
    return frozenset(taken - dropped)


def format_cpus(cpus: frozenset[int]) -> str:
    """The shortest way to write it."""
    ordered = sorted(cpus)
    starts = [cpu for cpu in ordered if cpu - 1 not in cpus]
    ends = [cpu for cpu in ordered if cpu + 1 not in cpus]
    pairs = zip(starts, ends, strict=True)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in pairs)


def shared_cpus(conf: cfg.ConfigOpts) -> str | None:
    """Those that guests without pinning may run on; None: all."""
    text = conf.compute.cpu_shared_set or conf.vcpu_pin_set
    return format_cpus(parse_cpus(text)) if text else None


def cpus_of(domain: Domain) -> frozenset[int]:
    """All those of the host that the guest may run on, and the emulator for it."""
    tune = domain.cputune or CpuTune()
    places = [domain.cpuset, tune.emulator.cpuset if tune.emulator else None]
    places += [pin.cpuset for pin in tune.pins] + [pin.cpuset for pin in tune.iothreads]
    return frozenset().union(*(parse_cpus(place) for place in places if place))


def _range(rule: str, whole: str) -> range:
    first, _, last = rule.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise ConfigurationFailure(reason=f"{rule!r} in {whole!r} is no processor") from None
