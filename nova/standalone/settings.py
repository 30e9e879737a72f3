"""What the user of `nova-standalone` may choose."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
FABRICS = ("records", "bridges")
DRIVERS = {"fake": "fake.FakeDriver", "libvirt": "libvirt.LibvirtDriver"}
PORTS = {
    "compute": 8774, "metadata": 8775, "placement": 8778, "identity": 5000, "image": 9292,
    "network": 9696,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """`state` is where all is kept, `kept` whether it is there after the end.

    `ports` by the name of the service, 0 for any free one; `files` are configuration
    files read after our own; `computes` is the number of (fake) hosts.
    """

    state: Path
    kept: bool
    ports: dict[str, int]
    host: str = LOOPBACK
    password: str | None = None
    driver: str = "fake"
    fabric: str = "records"
    computes: int = 1
    files: tuple[Path, ...] = ()
    debug: bool = False

    @property
    def hosts(self) -> list[str]:
        return [f"compute{number}" for number in range(1, self.computes + 1)]


def usual_state() -> Path:
    """As the XDG base directory specification wants it."""
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home, "nova-standalone").expanduser()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="nova-standalone",
        description="A whole small cloud in one process: compute, placement, identity, image"
        " and network, with guests that only seem to run (or real ones, with libvirt).",
    )
    place = made.add_mutually_exclusive_group()
    place.add_argument(
        "--state-dir", type=Path, metavar="DIR", help=f"where all is kept; {usual_state()}"
    )
    place.add_argument("--memory", action="store_true", help="keep nothing")
    made.add_argument("--host", default=LOOPBACK, help="address to serve on; %(default)s")
    for name, port in PORTS.items():
        made.add_argument(
            f"--{name}-port", type=_port, default=port, metavar="PORT",
            help="%(default)s; 0 takes any free one",
        )  # fmt: skip
    made.add_argument("--password", help="of all accounts that are made; by default a new one")
    made.add_argument("--driver", choices=tuple(DRIVERS), default="fake")
    made.add_argument("--fabric", choices=FABRICS, default="records",
                      help="records: networks only seem to be there; bridges: as root")  # fmt: skip
    made.add_argument("--computes", type=_count, default=1, metavar="N", help="hosts; one")
    made.add_argument("--config-file", type=Path, action="append", default=[], metavar="FILE",
                      help="further options of Compute, as in nova.conf")  # fmt: skip
    made.add_argument("--debug", action="store_true", help="tell more in the log")
    return made


def read(arguments: Sequence[str], temporary: Path) -> Wishes:
    """Wrong arguments end the process; `temporary` is where a cloud lives that is not kept."""
    reader = parser()
    asked = reader.parse_args(arguments)
    if asked.driver == "libvirt" and asked.computes > 1:
        reader.error("one hypervisor cannot be several hosts: --computes goes with --driver fake")
    state = temporary if asked.memory else (asked.state_dir or usual_state()).absolute()
    return Wishes(
        state=state,
        kept=not asked.memory,
        ports={name: getattr(asked, f"{name}_port") for name in PORTS},
        host=asked.host,
        password=asked.password,
        driver=asked.driver,
        fabric=asked.fabric,
        computes=asked.computes,
        files=tuple(path.absolute() for path in asked.config_file),
        debug=asked.debug,
    )


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 100")
    return int(text)
