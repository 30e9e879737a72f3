"""Events of the fake hypervisor, for as long as one driver lives."""

from nova.virt.contract.events import Subscriber, Unsubscribe
from nova.virt.fake.hypervisor import FakeHypervisor


class FakeEvents:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor
        self._subscriptions: list[Unsubscribe] = []

    def subscribe(self, subscriber: Subscriber) -> Unsubscribe:
        unsubscribe = self._hypervisor.bell.subscribe(subscriber)
        self._subscriptions.append(unsubscribe)
        return unsubscribe

    def close(self) -> None:
        for unsubscribe in self._subscriptions:
            unsubscribe()
