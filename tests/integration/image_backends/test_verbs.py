"""What can be done to real guests, wherever their disks are: some of the contract's tests
again, on plain files and in a Ceph pool."""

from tests.contracts.virt.test_rebuild import (  # noqa: F401
    test_from_another_image,
    test_what_it_keeps_and_what_not,
)
from tests.contracts.virt.test_rescue import other, test_to_and_fro  # noqa: F401
from tests.contracts.virt.test_snapshot import (  # noqa: F401
    test_a_picture_of_a_running_guest_is_bootable_and_tells_what_was_written,
    test_of_a_guest_that_is_off,
)
