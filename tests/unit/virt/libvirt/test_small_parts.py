"""Sets of processors, traits of features, the XML codec, events."""

from dataclasses import dataclass

import libvirt
import os_traits
import pytest

from nova.errors import ConfigurationFailure
from nova.virt.contract.events import Transition
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.cpu_traits import ALSO, TRAITS, flags_of_traits, traits_of_flags
from nova.virt.libvirt.cpus import format_cpus, parse_cpus, shared_cpus
from nova.virt.libvirt.domains import power_state
from nova.virt.libvirt.events import transition_of
from nova.virt.libvirt.xml.codec import ON_OFF, Element, at
from nova.virt.tail import tail
from tests.unit.virt.guests import settings


@pytest.mark.parametrize(
    ("text", "cpus", "short"),
    [
        ("0-3", {0, 1, 2, 3}, "0-3"),
        ("0-5,^2, 8", {0, 1, 3, 4, 5, 8}, "0-1,3-5,8"),
        ("^0,0-1", {1}, "1"),
    ],
)
def test_cpu_sets(text, cpus, short):
    assert parse_cpus(text) == cpus
    assert format_cpus(parse_cpus(text)) == short


@pytest.mark.parametrize("text", ["", "a", "1-b", "^1"])
def test_bad_cpu_sets(text):
    with pytest.raises(ConfigurationFailure):
        parse_cpus(text)


def test_the_shared_set_counts_before_the_old_option():
    conf = settings()
    assert shared_cpus(conf) is None
    conf.set_override("vcpu_pin_set", "4-5")
    assert shared_cpus(conf) == "4-5"
    conf.set_override("cpu_shared_set", "0-1", group="compute")
    assert shared_cpus(conf) == "0-1"


def test_cpu_traits_are_in_the_library():
    assert set(TRAITS.values()) | set(ALSO.values()) <= set(os_traits.get_traits())


def test_cpu_traits_there_and_back():
    assert traits_of_flags({"vmx", "unheard-of"}) == {"HW_CPU_X86_VMX", "HW_CPU_X86_INTEL_VMX"}
    assert flags_of_traits({"HW_CPU_X86_SSE3", "HW_CPU_X86_AMD_SVM", "CUSTOM_X"}) == {"pni", "svm"}


@dataclass(frozen=True)
class Leaf(Element):
    TAG = "leaf"
    size: int | None = at("@size")
    text: str | None = at(".")


@dataclass(frozen=True)
class Tree(Element):
    TAG = "tree"
    kind: str | None = at("@kind")
    deep: int | None = at("a/b")
    deeper: bool | None = at("a/b@open", words=ON_OFF)
    there: bool = at("flag?", False)
    one: Leaf | None = at("box/")  # noqa: RUF009
    many: tuple[Leaf, ...] = at("", ())


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Tree(), "<tree />"),
        (Tree(kind="oak", there=True), '<tree kind="oak"><flag /></tree>'),
        (Tree(deep=3, deeper=False), '<tree><a><b open="off">3</b></a></tree>'),
        (
            Tree(one=Leaf(size=1), many=(Leaf(text="x"), Leaf(text="<"))),
            '<tree><box><leaf size="1" /></box><leaf>x</leaf><leaf>&lt;</leaf></tree>',
        ),
    ],
)
def test_elements_are_written_and_read(tree, text):
    flat = "".join(line.strip() for line in tree.to_text().splitlines())
    assert flat == text
    assert Tree.from_text(text) == tree


def test_what_is_unknown_is_left_out_in_reading():
    assert Tree.from_text('<tree kind="elm" age="3"><nest/></tree>') == Tree(kind="elm")


@pytest.mark.parametrize(
    ("event", "detail", "transition"),
    [
        (libvirt.VIR_DOMAIN_EVENT_STARTED, 0, Transition.STARTED),
        (libvirt.VIR_DOMAIN_EVENT_STOPPED, 0, Transition.STOPPED),
        (libvirt.VIR_DOMAIN_EVENT_STOPPED, 2, Transition.CRASHED),
        (libvirt.VIR_DOMAIN_EVENT_STOPPED, 3, None),
        (libvirt.VIR_DOMAIN_EVENT_STOPPED, 4, Transition.SUSPENDED),
        (libvirt.VIR_DOMAIN_EVENT_SUSPENDED, 0, Transition.PAUSED),
        (libvirt.VIR_DOMAIN_EVENT_DEFINED, 0, None),
        (libvirt.VIR_DOMAIN_EVENT_SHUTDOWN, 0, None),
    ],
)
def test_events_of_the_library(event, detail, transition):
    assert transition_of(event, detail) is transition


def test_states_of_the_library():
    assert power_state(libvirt.VIR_DOMAIN_RUNNING, 0) is PowerState.RUNNING
    off, crashed = libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED
    assert power_state(off, 0) is PowerState.SHUTDOWN
    assert power_state(off, crashed) is PowerState.CRASHED


@pytest.mark.parametrize(
    ("lines", "expected"), [(None, b"a\nb\nc"), (1, b"c"), (2, b"b\nc"), (0, b""), (9, b"a\nb\nc")]
)
def test_the_end_of_a_log(lines, expected):
    assert tail(b"a\nb\nc", lines) == expected


@pytest.mark.parametrize("kind", ["lxc", "parallels"])
def test_other_hypervisors_are_refused_at_the_start(kind, tmp_path):
    from nova.core.clock import RealClock
    from nova.virt.libvirt.assembly import Assembly
    from tests.contracts.virt.subjects import Images
    from tests.unit.virt.guests import settings

    with pytest.raises(ConfigurationFailure, match=f"virt_type {kind} is not supported"):
        Assembly(settings(virt_type=kind), RealClock(), Images(), tmp_path)
