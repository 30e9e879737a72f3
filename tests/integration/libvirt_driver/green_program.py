"""Run by test_eventlet: a guest's life in a process that eventlet has patched.

Prints the longest time in seconds that a ticking thread had to wait."""

import sys
import time

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
    longest, heard = [0.0], []

    def tick():
        before = time.monotonic()
        while True:
            eventlet.sleep(0.01)
            now = time.monotonic()
            longest[0] = max(longest[0], now - before)
            before = now

    subject.driver.events.subscribe(heard.append)
    eventlet.spawn(tick)
    guests = [subjects.describe(subject.tiny) for _ in range(2)]
    eventlet.sleep(0.1)
    longest[0] = 0.0
    threads = [eventlet.spawn(subject.driver.spawn.spawn, guest) for guest in guests]
    for thread in threads:
        thread.wait()
    subject.driver.power.suspend(guests[0].uuid)
    for guest in guests:
        subject.driver.spawn.destroy(guest.uuid)
    assert subjects.eventually(lambda: len(heard) >= 4, 5), heard
    assert subject.driver.spawn.list_guests() == []
    sys.stdout.write(f"{longest[0]}\n")
    subject.driver.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
