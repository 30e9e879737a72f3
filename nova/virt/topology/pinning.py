"""Which processors of a guest have one of the host for themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.virt.topology import cpu_sets, errors

POLICIES = ("dedicated", "shared", "mixed")
THREADS = ("prefer", "isolate", "require")
EMULATOR = ("isolate", "share")

Specs = Mapping[str, str]
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Pinning:
    """`pinned` and `realtime` are processors of the guest."""

    policy: str | None
    threads: str | None
    emulator: str | None
    pinned: frozenset[int]
    realtime: frozenset[int]


def pinning_of(specs: Specs, properties: Properties, vcpus: int) -> Pinning:
    policy = _policy(specs, properties)
    threads = _threads(specs, properties, policy)
    emulator = _emulator(specs, policy)
    realtime = _realtime(specs, properties, policy, emulator, vcpus)
    pinned = _pinned(specs, properties, policy, vcpus)
    return Pinning(policy, threads, emulator, pinned, realtime)


def _policy(specs: Specs, properties: Properties) -> str | None:
    flavor, image = specs.get("hw:cpu_policy"), properties.get("hw_cpu_policy")
    for source, value in (("flavor extra specs", flavor), ("image properties", image)):
        if value is not None and value not in POLICIES:
            raise errors.BadPolicy(source=source, value=value)
    if flavor == "shared" and image in ("dedicated", "mixed"):
        raise errors.ImagePolicyForbidden()
    if flavor in ("dedicated", "mixed") and image is not None and image != flavor:
        raise errors.ImagePolicyForbidden()
    chosen = flavor or image
    return None if chosen is None else str(chosen)


def _threads(specs: Specs, properties: Properties, policy: str | None) -> str | None:
    flavor, image = specs.get("hw:cpu_thread_policy"), properties.get("hw_cpu_thread_policy")
    for source, value in (("flavor extra specs", flavor), ("image properties", image)):
        if value is not None and value not in THREADS:
            raise errors.BadThreadPolicy(source=source, value=value)
    if flavor not in (None, "prefer") and image is not None and image != flavor:
        raise errors.ImageThreadPolicyForbidden()
    chosen = image if flavor in (None, "prefer") and image is not None else flavor
    if chosen is not None and policy not in ("dedicated", "mixed"):
        raise errors.ThreadPolicyWithoutPinning()
    return None if chosen is None else str(chosen)


def _emulator(specs: Specs, policy: str | None) -> str | None:
    chosen = specs.get("hw:emulator_threads_policy")
    if chosen is not None and chosen not in EMULATOR:
        raise errors.BadEmulatorPolicy(value=chosen)
    if chosen == "isolate" and policy not in ("dedicated", "mixed"):
        raise errors.EmulatorPolicyWithoutPinning()
    return chosen


def _realtime(
    specs: Specs, properties: Properties, policy: str | None, emulator: str | None, vcpus: int
) -> frozenset[int]:
    wanted = str(specs.get("hw:cpu_realtime", "")).strip().lower()
    if wanted not in {"1", "t", "true", "on", "y", "yes"}:
        return frozenset()
    if policy not in ("dedicated", "mixed"):
        raise errors.RealtimeWithoutPinning()
    mask = _mask(specs, properties)
    chosen = frozenset(range(vcpus)) if mask is None else cpu_sets.masked(mask, vcpus)
    if not chosen or (len(chosen) == vcpus and emulator is None):
        raise errors.BadRealtimeMask()
    return chosen


def _mask(specs: Specs, properties: Properties) -> str | None:
    mask = properties.get("hw_cpu_realtime_mask") or specs.get("hw:cpu_realtime_mask")
    return None if mask is None else str(mask)


def _pinned(
    specs: Specs, properties: Properties, policy: str | None, vcpus: int
) -> frozenset[int]:
    dedicated, realtime = specs.get("hw:cpu_dedicated_mask"), _mask(specs, properties)
    if policy != "mixed":
        if dedicated is not None:
            raise errors.MaskWithoutMixed()
        return frozenset(range(vcpus)) if policy == "dedicated" else frozenset()
    if (dedicated is None) == (realtime is None):
        raise errors.MixedMask()
    pinned = cpu_sets.masked(dedicated or realtime or "", vcpus)
    if not 0 < len(pinned) < vcpus:
        raise errors.BadMixedMask()
    return pinned
