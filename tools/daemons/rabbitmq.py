"""A RabbitMQ node of our own: name, ports, data and cookie are all private."""

import contextlib
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon, Failed, free_port, run

_SBIN = Path("/usr/lib/rabbitmq/bin")
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class RabbitMQ:
    """`name` tells nodes of one machine apart.  Data lives in `state`."""

    name: str
    state: Path
    port: int
    distribution_port: int

    @classmethod
    def on_free_ports(cls, name: str, state: Path) -> "RabbitMQ":
        unique = f"{name}-{secrets.token_hex(4)}"
        return cls(unique, state, free_port(), free_port())

    @property
    def daemon(self) -> Daemon:
        return Daemon("rabbitmq", self.state)

    def url(self, vhost: str = "/") -> str:
        """Where clients connect; the default vhost is written as an empty path."""
        return f"rabbit://guest:guest@{_HOST}:{self.port}/{'' if vhost == '/' else vhost}"

    def start(self) -> None:
        if self.daemon.alive():
            return
        home = self._home
        home.mkdir(parents=True, exist_ok=True)
        (home / "rabbitmq.conf").write_text(self._settings())
        (home / "enabled_plugins").write_text("[].\n")
        self._write_cookie()
        self.daemon.start([str(_SBIN / "rabbitmq-server")], env=self._environment())
        self.daemon.wait_until(self._answers, 60)

    def stop(self) -> None:
        self.daemon.stop()
        # The port mapper is shared by all nodes; it ends only if it has no other.
        with contextlib.suppress(Failed, OSError):
            run(["epmd", "-kill"], env=self._environment())

    def _answers(self) -> bool:
        """The node greets clients once it has started in full."""
        try:
            with socket.create_connection((_HOST, self.port), timeout=2) as client:
                client.sendall(b"AMQP\x00\x00\x09\x01")
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    @property
    def _home(self) -> Path:
        return self.state / "rabbitmq"

    def _write_cookie(self) -> None:
        cookie = self._home / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)

    def _settings(self) -> str:
        return (
            f"listeners.tcp.default = {_HOST}:{self.port}\n"
            "loopback_users = none\n"
            "vm_memory_high_watermark.relative = 0.3\n"
            "disk_free_limit.absolute = 50MB\n"
        )

    def _environment(self) -> dict[str, str]:
        home = str(self._home)
        return {
            "HOME": home,
            "ERL_EPMD_ADDRESS": _HOST,
            "ERL_CRASH_DUMP": f"{home}/crash.dump",
            "RABBITMQ_NODENAME": f"{self.name}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/enabled_plugins",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_LOGS": "-",
            # One scheduler thread per core is plenty; the waiting ones shall not spin.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none"
            " -kernel inet_dist_use_interface {127,0,0,1}",
        }
