"""The host must be able to run the image: architecture, hypervisor, mode, version."""

from collections.abc import Callable, Sequence
from typing import Any

from nova.scheduler.filters.capabilities import reach
from nova.scheduler.filters.contract import Check, Filter, Refusal, Sieve, alike
from nova.scheduler.filters.version_predicate import satisfies
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request

# Names by which architectures and hypervisors also go.
SYNONYMS = {"amd64": "x86_64", "x64": "x86_64", "i386": "i686", "x86": "i686", "arm64": "aarch64",
            "kqemu": "qemu", "xapi": "xen", "powervm": "phyp", "hv": "hvm"}


class ImagePropertiesFilter(Filter):
    on_rebuild = True

    def check(self, request: Request) -> Check | None:
        checks = [made for made in (
            self._tuple_check(request), _version_check(request), _bits_check(request)
        ) if made is not None]
        if len(checks) < 2:
            return checks[0] if checks else None

        def check(host: HostState) -> Refusal | None:
            refusals = (one(host) for one in checks)
            return next((refusal for refusal in refusals if refusal is not None), None)

        return check

    def passing(self, request: Request, check: Check) -> Sieve | None:
        only_tuples = not (_version_check(request) or _bits_check(request))
        return alike("supported_instances", check) if only_tuples else None

    def _tuple_check(self, request: Request) -> Check | None:
        default = self.conf.filter_scheduler.image_properties_default_architecture
        image = request.properties
        wanted = (
            _canonical(image.get("hw_architecture") or default),
            _canonical(image.get("img_hv_type")),
            _canonical(image.get("hw_vm_mode")),
        )
        return _supports(wanted) if any(wanted) else None


def _supports(wanted: tuple[str | None, ...]) -> Check:
    """One of the tuples of the host holds each value that is wanted, in its own place."""
    refused_for = "/".join(value or "any" for value in wanted)

    def check(host: HostState) -> Refusal | None:
        offered = host.supported_instances
        if any(_holds(one, wanted) for one in offered):
            return None
        offers = ", ".join("/".join(one) for one in offered)
        return Refusal(
            "it does not support the image's architecture, hypervisor type or VM mode",
            asked=refused_for, free=offers,
        )

    return check


def _holds(offered: Sequence[str], wanted: Sequence[str | None]) -> bool:
    have = (_canonical(value) for value in offered)
    return all(not want or want == got for want, got in zip(wanted, have, strict=False))


def _version_check(request: Request) -> Callable[[HostState], Refusal | None] | None:
    predicate = request.properties.get("img_hv_requested_version")
    if not predicate:
        return None

    def check(host: HostState) -> Refusal | None:
        if satisfies(host.hypervisor_version, str(predicate)):
            return None
        return Refusal("its hypervisor has another version", str(predicate),
                       host.hypervisor_version)

    return check


def _bits_check(request: Request) -> Check | None:
    asked = request.properties.get("hw_maxphysaddr_bits")
    if asked is None:
        return None

    def check(host: HostState) -> Refusal | None:
        bits = reach(host, ("cpu_info", "maxphysaddr", "bits"))
        if isinstance(bits, int) and bits >= int(asked):
            return None
        return Refusal("its CPU has too few physical address bits", asked,
                       bits if isinstance(bits, int) else None)

    return check


def _canonical(value: Any) -> str | None:
    if not value:
        return None
    word = str(value).lower()
    return SYNONYMS.get(word, word)
