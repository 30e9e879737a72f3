"""The log of the serial console."""

import pytest

from nova.virt.contract.errors import GuestNotFound
from tests.contracts.virt.subjects import eventually, wait_until_up


def test_the_log_is_kept_over_reboots(subject, guest):
    wait_until_up(subject, guest)
    subject.driver.power.reboot_hard(guest)

    def twice():
        return subject.driver.console.output(guest.uuid).count(subject.banner) == 2

    assert eventually(twice, subject.patience)


def test_only_the_end_is_given(subject, guest):
    wait_until_up(subject, guest)
    output = subject.driver.console.output
    assert output(guest.uuid, tail_lines=1).strip().endswith(subject.banner.strip())
    assert output(guest.uuid, tail_lines=0) == b""
    assert len(output(guest.uuid, max_bytes=5)) == 5
    assert output(guest.uuid, tail_lines=None) == output(guest.uuid)


def test_there_is_none_of_a_stranger(subject):
    with pytest.raises(GuestNotFound):
        subject.driver.console.output("00000000-0000-4000-8000-000000000000")
