"""How guests can run on this machine."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from select import select

from tools.daemons.process import Failed, run

_GREETING = b"NOVA GUEST READY"
_PATIENCE = 15.0


def choose(wanted: str | None, image: Path) -> str:
    """kvm or qemu: what is wanted, or kvm if the guest image really boots with it."""
    wanted = wanted or os.environ.get("NOVA_VIRT_TYPE")
    if wanted:
        if wanted not in ("kvm", "qemu"):
            raise Failed(f"{wanted} is no way to run guests: kvm or qemu")
        return wanted
    return "kvm" if os.access("/dev/kvm", os.R_OK | os.W_OK) and _boots(image) else "qemu"


def _boots(image: Path) -> bool:
    """Some machines offer KVM and then hang: believe it only when a guest has come up."""
    process = subprocess.Popen(
        [
            *("qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-M", "q35", "-m", "160"),
            *("-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio", "-nic", "none"),
            *("-snapshot", "-drive", f"file={image},if=virtio,format=qcow2"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _says(process, _GREETING)
    finally:
        process.kill()
        process.wait()


def _says(process: "subprocess.Popen[bytes]", word: bytes) -> bool:
    assert process.stdout is not None
    deadline, heard = time.monotonic() + _PATIENCE, b""
    while (left := deadline - time.monotonic()) > 0:
        if select([process.stdout], [], [], left)[0]:
            piece = os.read(process.stdout.fileno(), 4096)
            heard += piece
            if word in heard or not piece:
                break
    return word in heard


def domains_below(state: Path) -> list[str]:
    """Names of libvirt domains whose files are in `state`."""
    found: list[str] = []
    with contextlib.suppress(Failed, OSError):
        for name in run(["virsh", "-q", "list", "--all", "--name"]).split():
            with contextlib.suppress(Failed):  # it may just have gone
                found += [name] if str(state) in run(["virsh", "dumpxml", name]) else []
    return found


def remove(domain: str) -> None:
    """Stop a domain and forget it."""
    for command in (["destroy", domain], ["undefine", domain, "--nvram"]):
        with contextlib.suppress(Failed, OSError):
            run(["virsh", "-q", *command])
