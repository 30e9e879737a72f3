"""What a host tells of memory that it can encrypt."""

from pathlib import Path
from typing import Any

import pytest

from nova.virt.contract.encryption import parts_of
from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.parts import HostPart
from nova.virt.libvirt.profile import Profile, tdx_guests
from nova.virt.libvirt.xml.capabilities import Capabilities, DomainCapabilities
from tests.simulation.clock import SimClock
from tests.unit.virt.guests import settings
from tests.unit.virt.libvirt.shapes import encrypted
from tests.unit.virt.libvirt.shapes.shape import Shape

SEV = """<sev supported='yes'><cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits>
<maxGuests>15</maxGuests><maxESGuests>{es}</maxESGuests></sev>"""
WAYS = """<launchSecurity supported='yes'><enum name='sectype'>{}</enum></launchSecurity>"""
TDX = "<tdx supported='yes'/>"


def offers(*features: str) -> DomainCapabilities:
    text = f"<domainCapabilities><features>{''.join(features)}</features></domainCapabilities>"
    return DomainCapabilities.from_text(text)


def ways(*names: str) -> str:
    return WAYS.format("".join(f"<value>{name}</value>" for name in names))


@pytest.mark.parametrize(("features", "expected"), [
    ((), {}),
    (("<sev supported='no'/>", "<launchSecurity supported='no'/>"), {}),
    ((SEV.format(es=0),), {"amd-sev": 15, "amd-sev-es": 0}),
    ((SEV.format(es=450), ways("sev")), {"amd-sev": 15, "amd-sev-es": 450}),
    ((SEV.format(es=450), ways("sev", "sev-snp")),
     {"amd-sev": 15, "amd-sev-es": 450, "amd-sev-snp": 450}),
    ((TDX,), {"intel-tdx": 0}),
    ((ways("tdx"),), {"intel-tdx": 0}),
])
def test_what_the_hypervisor_offers(features: tuple[str, ...], expected: dict[str, int]) -> None:
    found = offers(*features)
    assert found.encryption == expected
    assert (found.c_bit, found.lost_bits) == ((51, 1) if "amd-sev" in expected else (None, None))


def profile(offered: DomainCapabilities, **options: Any) -> Profile:
    made = Profile(settings(**{"virt_type": "kvm", **options}), None, SimClock(), True)  # type: ignore[arg-type]
    made._capabilities, made._offers = Capabilities.from_text("<capabilities/>"), offered
    return made


def test_ways_without_room_are_not_told_of() -> None:
    assert profile(offers(SEV.format(es=0))).encryption() == {"amd-sev": 15}
    assert profile(offers(SEV.format(es=9)), virt_type="qemu").encryption() == {}


def test_an_operator_knows_how_many_trust_domains_there_may_be() -> None:
    assert profile(offers(TDX), num_intel_tdx_guests=7).encryption() == {"intel-tdx": 7}
    assert profile(offers(TDX), num_intel_tdx_guests=0).encryption() == {}
    assert profile(offers(), num_intel_tdx_guests=7).encryption() == {}


def test_or_else_the_kernel_does(tmp_path: Path) -> None:
    capacity = tmp_path / "misc.capacity"
    assert tdx_guests(capacity) == 0
    capacity.write_text("sev 410\ntdx 31\n")
    assert tdx_guests(capacity) == 31


def test_placement_counts_each_way_for_itself() -> None:
    assert parts_of({"intel-tdx": 31, "amd-sev": 0}) == (
        HostPart("intel_tdx", {"MEM_ENCRYPTION_CONTEXT": 31},
                 frozenset({"HW_CPU_X86_INTEL_TDX"})),)


@pytest.mark.parametrize(("specs", "properties", "site"), encrypted.REFUSED)
def test_what_cannot_be_encrypted_is_refused(
    specs: dict[str, str], properties: dict[str, str], site: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedGuest):
        Shape("refused", {}, specs, properties, {"virt_type": "kvm"}, site=site).text()
