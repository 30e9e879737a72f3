"""A MariaDB server of our own."""

import getpass
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon, closed_to_others, free_port, listens, run

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class MariaDB:
    """Data lives in `state`.  Runs as mysql, or as we do where mysql may not enter.

    `durable` False trades safety against power loss for speed.
    """

    state: Path
    port: int
    password: str
    durable: bool = True

    @classmethod
    def on_free_port(cls, state: Path, password: str) -> "MariaDB":
        return cls(state, free_port(), password, durable=False)

    @property
    def daemon(self) -> Daemon:
        return Daemon("mariadb", self.state)

    def url(self, database: str = "") -> str:
        """SQLAlchemy URL of a database, or of the server."""
        return f"mysql+pymysql://nova:{self.password}@{_HOST}:{self.port}/{database}"

    def start(self) -> None:
        if self.daemon.alive():
            return
        self._initialise()
        self._account.write_text(
            f"CREATE USER IF NOT EXISTS 'nova'@'%' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL ON *.* TO 'nova'@'%' WITH GRANT OPTION;\n"
        )
        shutil.chown(self._account, self._user)
        self._account.chmod(0o600)
        self.daemon.start(self._command())
        self.daemon.wait_until(lambda: listens(self.port), 60)

    def create(self, *databases: str) -> None:
        """Make databases that do not exist yet."""
        for database in databases:
            self._ask(f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4")

    def stop(self) -> None:
        self.daemon.stop()

    @property
    def _home(self) -> Path:
        return self.state / "mariadb"

    @property
    def _user(self) -> str:
        return getpass.getuser() if closed_to_others(self._home) else "mysql"

    @property
    def _account(self) -> Path:
        return self._home / "account.sql"

    def _initialise(self) -> None:
        data = self._home / "data"
        if (data / "mysql").exists():
            return
        data.mkdir(parents=True, exist_ok=True)
        for path in (self._home, data):
            shutil.chown(path, self._user)
        run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--user={self._user}",
                f"--datadir={data}",
                "--skip-test-db",
                "--auth-root-authentication-method=socket",
            ]
        )

    def _command(self) -> list[str]:
        fast = [
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            "--innodb-use-native-aio=0",
        ]
        return [
            "mariadbd",
            "--no-defaults",
            f"--user={self._user}",
            f"--datadir={self._home / 'data'}",
            f"--socket={self._socket}",
            f"--pid-file={self._home / 'mariadbd.pid'}",
            f"--init-file={self._account}",
            f"--bind-address={_HOST}",
            f"--port={self.port}",
            "--max-connections=1000",
            "--skip-name-resolve",
            "--performance-schema=OFF",
            "--innodb-buffer-pool-size=128M",
            *([] if self.durable else fast),
        ]

    @property
    def _socket(self) -> Path:
        return self._home / "socket"

    def _ask(self, statement: str) -> str:
        return run(["mariadb", "--no-defaults", f"--socket={self._socket}", "-NBe", statement])
