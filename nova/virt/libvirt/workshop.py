"""Room for files that live only as long as the work on them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The hypervisor writes here under a user of its own, who has to get in.
OPEN_TO_PASS = 0o711


class Workshop:
    """A directory below `root` for each guest; what an earlier process left in it is
    removed when it is needed again, and with the guest."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def place(self, uuid: str) -> Iterator[Path]:
        """Empty at first, gone at the end.  A process that is killed leaves it."""
        self.clear(uuid)
        place = self._root / uuid
        place.mkdir(parents=True)
        for directory in (self._root, place):
            directory.chmod(OPEN_TO_PASS)
        try:
            yield place
        except Exception:
            self.clear(uuid)
            raise
        self.clear(uuid)

    def left(self) -> list[str]:
        """Whose work is under way, or was never finished."""
        return sorted(path.name for path in self._root.glob("*"))

    def clear(self, uuid: str) -> None:
        shutil.rmtree(self._root / uuid, ignore_errors=True)
