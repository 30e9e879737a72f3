"""Can this host run the processors that its guests are to have?"""

from functools import partial

import libvirt
from oslo_config import cfg

from nova.errors import ConfigurationFailure
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.xml.machine import Cpu, Feature

FIT = (libvirt.VIR_CPU_COMPARE_IDENTICAL, libvirt.VIR_CPU_COMPARE_SUPERSET)
UNKNOWN = "it is not known"
LACKING = "the host does not have all of it"


def refuse_unfit_models(conf: cfg.ConfigOpts, connection: Connection, arch: str) -> None:
    """Raises ConfigurationFailure for a model of [libvirt]cpu_models that guests could not
    start with, with all of cpu_model_extra_flags."""
    wish = conf.libvirt
    if wish.cpu_mode != "custom" or conf.workarounds.skip_cpu_compare_at_startup:
        return
    flags = [flag for flag in wish.cpu_model_extra_flags if not flag.startswith("-")]
    features = tuple(Feature(policy="require", name=flag.lstrip("+").lower()) for flag in flags)
    for model in wish.cpu_models:
        text = Cpu(match="exact", model=model, features=features).to_text()
        compare = partial(_unfit, arch=arch, kind=wish.virt_type, text=text)
        reason = connection.call("compare processors", compare)
        if reason is not None:
            told = f"{model} with {', '.join(flags)}" if flags else model
            raise ConfigurationFailure(reason=f"[libvirt]cpu_models {told}: {reason}")


def _unfit(connection: libvirt.virConnect, arch: str, kind: str, text: str) -> str | None:
    try:
        found = connection.compareHypervisorCPU(None, arch, None, kind, text, 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() in (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_ERR_XML_ERROR,
                                      libvirt.VIR_ERR_CONFIG_UNSUPPORTED):  # fmt: skip
            return f"{UNKNOWN} ({error})"
        raise
    return None if found in FIT else LACKING
