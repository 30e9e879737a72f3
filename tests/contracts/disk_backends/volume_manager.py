"""The commands of LVM over plain files, for machines without a device mapper.

It knows the options that are used, and refuses all others, so that what a test sees
done is what the real commands would be told; it cannot prove that these do it.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.tools import CommandFailed, Tools

EXTENT = 4 * 1024**2


class VolumeManager(Tools):
    """Has the group "guests" of `size` bytes; runs all other commands for real."""

    def __init__(self, root: Path, size: int) -> None:
        super().__init__(Threads())
        self.root = root
        self.size = size
        self.ran: list[list[str]] = []
        self.written: dict[str, float] = {}
        (root / "guests").mkdir(parents=True)

    def run(
        self, *command: str | Path, seconds: float | None = None, handles: Sequence[int] = ()
    ) -> str:
        words = [str(word) for word in command]
        self.ran.append(words)
        act = getattr(self, f"_{words[0]}", None)
        return act(words[1:]) if act else super().run(
            *command, seconds=seconds, handles=handles)

    def commands(self, name: str) -> list[list[str]]:
        return [words for words in self.ran if words[0] == name]

    def _lvcreate(self, words: Sequence[str]) -> str:
        told = _parsed(words, "--yes", "-s", L=str, n=str, virtualsize=str)
        group, _slash, origin = told.target.partition("/")
        assert group == "guests"
        path = self.root / group / told.n
        size = _rounded(told.virtualsize or told.L)
        if path.exists():
            raise _failed("lvcreate", f'Logical Volume "{told.n}" already exists')
        if size > self._free() and not told.virtualsize:
            raise _failed("lvcreate", "insufficient free space")
        source = self.root / group / origin if told.s else None
        with path.open("wb") as file:
            if source is not None:
                file.write(source.read_bytes())
            else:
                file.truncate(size)
        if told.virtualsize:
            self.written[told.n] = 25.0
        return ""

    def _lvextend(self, words: Sequence[str]) -> str:
        told = _parsed(words, L=str)
        with self._path(told.target).open("r+b") as file:
            file.truncate(_rounded(told.L))
        return ""

    def _lvremove(self, words: Sequence[str]) -> str:
        self._path(_parsed(words, "-f").target).unlink()
        return ""

    def _lvs(self, words: Sequence[str]) -> str:
        told = _reporting(words)
        return _report("lv", [self._row(path, told) for path in self._volumes()])

    def _vgs(self, words: Sequence[str]) -> str:
        facts = {"vg_size": str(self.size), "vg_free": str(self._free())}
        facts["vg_uuid"] = "Group-Uuid"
        return _report("vg", [{name: facts[name] for name in _reporting(words)}])

    def _row(self, path: Path, wanted: Sequence[str]) -> dict[str, str]:
        facts = {"lv_name": path.name, "lv_size": str(path.stat().st_size)}
        facts["data_percent"] = str(self.written.get(path.name, ""))
        return {name: facts[name] for name in wanted}

    def _volumes(self) -> list[Path]:
        return sorted((self.root / "guests").iterdir())

    def _free(self) -> int:
        return self.size - sum(path.stat().st_size for path in self._volumes())

    def _path(self, name: str) -> Path:
        path = self.root / name
        if not path.exists():
            raise _failed("lvm", f"Failed to find logical volume {name}")
        return path


def _parsed(words: Sequence[str], *flags: str, **options: type) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    for name in options:
        parser.add_argument(f"-{name}" if len(name) == 1 else f"--{name}")
    parser.add_argument("target")
    return parser.parse_args(words)


def _reporting(words: Sequence[str]) -> list[str]:
    told = _parsed(words, "--nosuffix", reportformat=str, units=str, o=str)
    assert (told.reportformat, told.units, told.nosuffix) == ("json", "b", True)
    assert told.target == "guests"
    return list(told.o.split(","))


def _report(kind: str, rows: list[dict[str, str]]) -> str:
    return json.dumps({"report": [{kind: rows}]})


def _rounded(size: str) -> int:
    assert size.endswith("b")
    return -(-int(size[:-1]) // EXTENT) * EXTENT


def _failed(command: str, reason: str) -> HypervisorError:
    return CommandFailed(verb=f"run {command}", reason=reason, exit_code=5)
