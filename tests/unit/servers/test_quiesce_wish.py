"""Whether a guest's file systems rest while a picture is taken is its image's word."""

import pytest

from nova.servers.image.steps import wish_of
from nova.virt.contract.snapshot import Quiesce
from tests import records


@pytest.mark.parametrize(("properties", "wish"), [
    ({}, Quiesce.NO),
    ({"hw_qemu_guest_agent": "yes"}, Quiesce.TRY),
    ({"hw_qemu_guest_agent": "yes", "os_require_quiesce": "true"}, Quiesce.MUST),
    ({"os_require_quiesce": "no"}, Quiesce.NO),
])
def test_quiesce(properties: dict[str, str], wish: Quiesce) -> None:
    kept = {f"image_{name}": value for name, value in properties.items()}
    assert wish_of(records.instance(system_metadata=kept)).quiesce is wish
