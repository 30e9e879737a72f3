"""The fabric without a host: ports are records, carried as soon as they are bound."""

from nova.standalone.network.fabric import Cloud, FabricTraits, NetworkPlan, Vif


class RecordsFabric:
    """For clouds of fake hypervisors. Needs no privileges and touches nothing."""

    def __init__(self, traits: FabricTraits | None = None) -> None:
        self._traits = traits or FabricTraits()

    @property
    def traits(self) -> FabricTraits:
        return self._traits

    def start(self, cloud: Cloud) -> None:
        """There is nothing to take over."""

    def ready(self, network: NetworkPlan) -> Vif:
        details = {"connectivity": "l2", "port_filter": True, "bridge_name": network.bridge}
        return Vif("bridge", details)

    def carries(self, port_id: str) -> bool:
        return True

    def refresh(self) -> None:
        """There is nothing to follow."""

    def stop(self) -> None:
        """There are no threads."""

    def teardown(self) -> None:
        """There is nothing to remove."""
