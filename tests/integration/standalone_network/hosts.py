"""Guests made of network namespaces, for a fabric of real bridges."""

import subprocess
import textwrap
import uuid

UDHCPC = """\
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
[ -z "$router" ] || ip route add default via $router
echo "$ip $router $dns $mtu $hostname" > "$LEASE"
"""


def run(*argv, check=True, timeout=30, **more):
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=timeout, check=False, **more
    )
    if check and done.returncode:
        raise AssertionError(f"{argv}: {done.stdout}{done.stderr}")
    return done


class Namespace:
    """Some other machine."""

    def __init__(self):
        self.name = f"nsa{uuid.uuid4().hex[:8]}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv, **more):
        return run("ip", "netns", "exec", self.name, *argv, **more)

    def pings(self, address, *options):
        """Whether one of three pings is answered."""
        for _ in range(3):
            argv = ("busybox", "ping", "-c", "1", "-W", "1", *options, address)
            if self.run(*argv, check=False).returncode == 0:
                return True
        return False

    def silent(self, address, *options):
        """Whether a ping is not answered."""
        argv = ("busybox", "ping", "-c", "1", "-W", "1", *options, address)
        return self.run(*argv, check=False).returncode != 0

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)


class Guest(Namespace):
    """What a hypervisor does for a port: a device named after it, on its bridge."""

    def __init__(self, port, bridge, directory):
        super().__init__()
        self.device = f"tap{port.id[:11]}"
        self._lease = directory / f"{self.name}.lease"
        self._script = directory / f"{self.name}.sh"
        self._script.write_text(textwrap.dedent(UDHCPC))
        self._script.chmod(0o755)
        add = ("ip", "link", "add", self.device, "type", "veth", "peer", "name", "eth0")
        run(*add, "address", port.mac_address, "netns", self.name)
        run("ip", "link", "set", self.device, "master", bridge, "up")
        self.run("ip", "link", "set", "eth0", "up")

    def lease(self):
        """[address, router, DNS server, MTU, host name] as DHCP tells them."""
        self.run(
            *("busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "10", "-T", "1"),
            *("-s", str(self._script), "-O", "mtu", "-O", "hostname"),
            env={"LEASE": str(self._lease), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        return self._lease.read_text().split()

    def remove(self):
        run("ip", "link", "del", self.device, check=False)
        super().remove()
