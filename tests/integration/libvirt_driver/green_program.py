"""Run by test_eventlet: a guest's life in a process that eventlet has patched.

Prints, a line each, the library's functions that were called in the thread of all green ones:
what waits for the daemon there holds up everybody."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import eventlet

eventlet.monkey_patch()


def main(directory: str, uri: str) -> None:
    from pathlib import Path

    from nova.virt.libvirt.native import Green, native_of
    from tests.contracts.virt import subjects

    plain = subjects.new_config

    def green_config():
        conf = plain()
        conf.set_override("concurrency_backend", "eventlet")
        assert isinstance(native_of(conf), Green)
        return conf

    subjects.new_config = green_config
    subject = subjects.LibvirtSubject(Path(directory), uri)
    heard = []
    subject.driver.events.subscribe(heard.append)
    guests = [subjects.describe(subject.tiny) for _ in range(2)]
    with watched() as called:
        threads = [eventlet.spawn(subject.driver.spawn.spawn, guest) for guest in guests]
        for thread in threads:
            thread.wait()
        subject.driver.power.suspend(guests[0].uuid)
        for guest in guests:
            subject.driver.spawn.destroy(guest.uuid)
        assert subjects.eventually(lambda: len(heard) >= 4, 30), heard
        assert subject.driver.spawn.list_guests() == []
    sys.stdout.write("".join(f"{name}\n" for name in sorted(called)))
    subject.driver.close()


@contextmanager
def watched() -> Iterator[set[str]]:
    """Names of the library's functions that this thread calls."""
    import libvirtmod

    ident = eventlet.patcher.original("threading").get_ident
    green, called = ident(), set[str]()

    def watching(name: str, call: Callable[..., object]) -> Callable[..., object]:
        @wraps(call)
        def watcher(*given: object) -> object:
            if ident() == green:
                called.add(name)
            return call(*given)

        return watcher

    plain = {name: one for name, one in vars(libvirtmod).items() if name.startswith("vir")}
    for name, call in plain.items():
        setattr(libvirtmod, name, watching(name, call))
    yield called
    for name, call in plain.items():
        setattr(libvirtmod, name, call)


if __name__ == "__main__":
    main(*sys.argv[1:])
