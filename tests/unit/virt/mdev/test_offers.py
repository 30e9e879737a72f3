"""Types of mediated devices: what an operator may say, and which device is cut into what."""

import logging
from typing import Any

import pytest

import nova.conf
from nova.conf import new_config
from nova.conf.dynamic import mdev_section
from nova.errors import ConfigurationFailure
from nova.virt.contract.mdev import Mdev, MdevParent, parts_of
from nova.virt.contract.parts import HostPart
from nova.virt.mdev.offers import Found, MdevOffer, absent, offers_of, parents_of

A, B = "0000:84:00.0", "0000:85:00.0"


def conf(types: str, **options: dict[str, Any]) -> Any:
    made = new_config()
    made([])
    made.set_override("enabled_mdev_types", types.split(), group="devices")
    for name, wishes in options.items():
        mdev_section(name).register(made)
        for option, value in wishes.items():
            made.set_override(option, value, group=f"mdev_{name}")
    return made


def gpu(address: str, free: dict[str, int], **devices: tuple[Mdev, ...]) -> Found:
    return Found(f"pci_{address.replace(':', '_').replace('.', '_')}", address, free, devices)


def test_nothing_is_offered_unasked() -> None:
    assert offers_of(conf("")) == ()
    assert parents_of((), [gpu(A, {"x": 4})]) == ()


def test_one_type_needs_no_more_said() -> None:
    assert offers_of(conf("x")) == (MdevOffer("x"),)
    told = {"device_addresses": [A.upper()], "mdev_class": "CUSTOM_NIC", "max_instances": 3}
    assert offers_of(conf("x", x=told)) == (
        MdevOffer("x", "CUSTOM_NIC", frozenset({A}), 3),)


def test_old_names_are_understood(tmp_path: Any) -> None:
    file = tmp_path / "nova.conf"
    file.write_text(f"[devices]\nenabled_vgpu_types = x, y\n[vgpu_x]\ndevice_addresses = {A}\n"
                    f"[mdev_y]\ndevice_addresses = {B}\nmdev_class = CUSTOM_Y\n")
    loaded = nova.conf.load("nova-compute", [], [str(file)])
    assert offers_of(loaded) == (
        MdevOffer("x", addresses=frozenset({A})), MdevOffer("y", "CUSTOM_Y", frozenset({B})))


def test_of_several_types_without_addresses_the_first_is_offered(caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        assert offers_of(conf("x y", x={"device_addresses": [A]})) == (
            MdevOffer("x", addresses=frozenset({A})),)
    assert "[mdev_y]device_addresses is needed" in caplog.text


@pytest.mark.parametrize(("options", "message"), [
    ({"x": {"device_addresses": [A]}, "y": {"device_addresses": [B, A]}},
     f"device {A} is named both for type x and for type y"),
    ({"x": {"device_addresses": ["84:00"]}, "y": {"device_addresses": [B]}},
     r"\[mdev_x\]device_addresses: 84:00 is no address"),
])
def test_what_cannot_be_followed_is_refused(options: Any, message: str) -> None:
    with pytest.raises(ConfigurationFailure, match=message):
        offers_of(conf("x y", **options))


def test_a_class_of_no_name_is_refused_when_the_process_starts(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nova.conf"
    file.write_text("[devices]\nenabled_mdev_types = x\n[mdev_x]\nmdev_class = GPU\n")
    with pytest.raises(SystemExit):
        nova.conf.load("nova-compute", [], [str(file)])
    assert "mdev_class" in capsys.readouterr().err


def test_each_device_is_cut_as_its_address_says() -> None:
    offers = offers_of(conf(
        "x y", x={"device_addresses": [A]}, y={"device_addresses": [B], "max_instances": 2}))
    there = (Mdev("u1"), Mdev("u2", "guest"))
    found = [gpu(A, {"x": 3, "y": 3}, x=there), gpu(B, {"x": 3, "y": 3}),
             gpu("0000:86:00.0", {"x": 1})]
    assert parents_of(offers, found) == (
        MdevParent("pci_0000_84_00_0", "x", "VGPU", 5, there),
        MdevParent("pci_0000_85_00_0", "y", "VGPU", 2),
    )
    assert absent(offers, found) == []


def test_what_is_not_here_is_left_out_and_told() -> None:
    offers = offers_of(conf("x y", x={"device_addresses": [A, B]},
                            y={"device_addresses": ["0000:90:00.0"]}))
    found = [gpu(A, {"x": 3})]
    assert [one.type for one in parents_of(offers, found)] == ["x"]
    assert absent(offers, found) == [
        "type y is known to no device of this host",
        f"[mdev_x]device_addresses: {B} is no device of this host that others can be cut from",
        "[mdev_y]device_addresses: 0000:90:00.0 is no device of this host that others can be "
        "cut from",
    ]


def test_how_placement_counts_them() -> None:
    foreign = (Mdev("u1", "stranger", foreign=True), Mdev("u2", "ours"), Mdev("u3"))
    parents = (MdevParent("pci_1", "x", "VGPU", 4, foreign), MdevParent("pci_2", "x", "VGPU", 0))
    assert parts_of(parents) == (
        HostPart("pci_1", {"VGPU": 4}, reserved=1, most=4, verbatim=True),)
