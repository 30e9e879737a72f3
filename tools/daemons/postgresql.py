"""A PostgreSQL server of our own, for tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon, free_port, listens, run

_HOST = "127.0.0.1"
# It refuses to run as root.
_USER = "postgres"


@dataclass(frozen=True)
class PostgreSQL:
    """Data lives in `state`, which the user postgres must be able to reach."""

    state: Path
    port: int

    @classmethod
    def on_free_port(cls, state: Path) -> "PostgreSQL":
        return cls(state, free_port())

    @property
    def daemon(self) -> Daemon:
        return Daemon("postgresql", self.state)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg2://nova@{_HOST}:{self.port}/{database}"

    def start(self) -> None:
        if self.daemon.alive():
            return
        data = self._initialise()
        self.daemon.start(
            [
                str(_program("postgres")),
                *("-D", str(data), "-p", str(self.port), "-h", _HOST, "-k", str(self._home)),
                # Nobody misses the data of a test.
                *("-c", "fsync=off", "-c", "full_page_writes=off"),
                *("-c", "synchronous_commit=off", "-c", "max_connections=200"),
            ],
            user=_USER,
        )
        self.daemon.wait_until(lambda: listens(self.port), 30)

    def stop(self) -> None:
        self.daemon.stop()

    @property
    def _home(self) -> Path:
        return self.state / "postgresql"

    def _initialise(self) -> Path:
        data = self._home / "data"
        if not data.exists():
            self._home.mkdir(parents=True, exist_ok=True)
            shutil.chown(self._home, _USER, _USER)
            initdb = [str(_program("initdb")), "-D", str(data), "-U", "nova", "--auth=trust"]
            run([*initdb, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"], user=_USER)
        return data


def _program(name: str) -> Path:
    """Debian keeps the programs of each version apart; take the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found else Path(shutil.which(name) or name)
