"""Each prefilter narrows the query for its one cause, and leaves others alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from nova.objects.cloud import Aggregate
from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.errors import NoValidHost
from nova.scheduler.prefilters import PREFILTERS, Site
from tests.unit.scheduler.making import conf_with, request

BY_NAME = {prefilter.__name__: prefilter for prefilter in PREFILTERS}


def aggregate(uuid: str, **metadata: str) -> Aggregate:
    return Aggregate(id=1, uuid=uuid, name=uuid, hosts=["h1"], metadata=metadata,
                     created_at=None, updated_at=None)


@dataclass
class Case:
    """`adds` are the parts of the narrowing that are not empty; None: no narrowing at all."""

    prefilter: str
    about: str
    asked: dict[str, Any] = field(default_factory=dict)
    adds: dict[str, Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    aggregates: tuple[Aggregate, ...] = ()
    oldest_service: int = 0
    segments: list[frozenset[str]] | None = None

    def __str__(self) -> str:
        return f"{self.prefilter}: {self.about}"

    def site(self) -> Site:
        reached = self.segments
        return Site(
            conf_with(**self.options), self.aggregates, self.oldest_service,
            None if reached is None else lambda request: reached,
        )


def root(*traits: str) -> dict[str, Any]:
    return {"root_required": frozenset(traits)}


TENANTS = {"scheduler__limit_tenants_to_placement_aggregate": True}
ZONES = (aggregate("a1", availability_zone="west"), aggregate("a2", availability_zone="west"),
         aggregate("a3", availability_zone="east"), aggregate("a4", ssd="true"))
METADATA = {"scheduler__image_metadata_prefilter": True}
ISOLATED = {"scheduler__enable_isolated_aggregate_filtering": True}
CLOSED = (aggregate("a1", **{"trait:HW_CPU_X86_AVX2": "required"}),
          aggregate("a2", **{"trait:CUSTOM_LICENSED": "required"}), aggregate("a3"))
CASES = [
    Case("require_tenant_aggregate", "off", aggregates=(aggregate("a1", filter_tenant_id="p1"),)),
    Case(
        "require_tenant_aggregate", "any key of the family", options=TENANTS,
        aggregates=(aggregate("a1", filter_tenant_id="p1"), aggregate("a2", filter_tenant_id="p2"),
                    aggregate("a3", filter_tenant_id7="p1")),
        adds={"member_of": (frozenset({"a1", "a3"}),)},
    ),
    Case("require_tenant_aggregate", "none is needed", options=TENANTS),
    Case("map_az_to_placement_aggregate", "no zone asked", aggregates=ZONES),
    Case("map_az_to_placement_aggregate", "all aggregates of the zone", aggregates=ZONES,
         asked={"availability_zone": "west"}, adds={"member_of": (frozenset({"a1", "a2"}),)}),
    Case("map_az_to_placement_aggregate", "the default zone is outside of all others",
         aggregates=ZONES, asked={"availability_zone": "nova"},
         adds={"not_member_of": frozenset({"a1", "a2", "a3"})}),
    Case("map_az_to_placement_aggregate", "only the default zone exists",
         asked={"availability_zone": "nova"}),
    Case("require_image_type_support", "off", asked={"image": {"disk_format": "qcow2"}}),
    Case("require_image_type_support", "on", asked={"image": {"disk_format": "qcow2"}},
         options={"scheduler__query_placement_for_image_type_support": True},
         adds=root("COMPUTE_IMAGE_TYPE_QCOW2")),
    Case("require_image_type_support", "a volume needs no format",
         asked={"image": {"disk_format": "qcow2"}, "is_bfv": True},
         options={"scheduler__query_placement_for_image_type_support": True}),
    Case("compute_status_filter", "always",
         adds={"root_forbidden": frozenset({"COMPUTE_STATUS_DISABLED"})}),
    Case("isolate_aggregates", "off", aggregates=CLOSED),
    Case("isolate_aggregates", "traits of flavor and image open", aggregates=CLOSED,
         options=ISOLATED, asked={"extra_specs": {"trait:HW_CPU_X86_AVX2": "required"}},
         adds={"not_member_of": frozenset({"a2"})}),
    Case("isolate_aggregates", "all are open", aggregates=CLOSED, options=ISOLATED,
         asked={"extra_specs": {"trait_G:HW_CPU_X86_AVX2": "required"},
                "properties": {"trait:CUSTOM_LICENSED": "required"}}),
    Case("transform_image_metadata", "off", asked={"properties": {"hw_disk_bus": "virtio"}}),
    Case("transform_image_metadata", "on", options=METADATA,
         asked={"properties": {"hw_disk_bus": "virtio", "hw_vif_model": "e1000",
                               "hw_architecture": "x86_64"}},
         adds=root("COMPUTE_STORAGE_BUS_VIRTIO", "COMPUTE_NET_VIF_MODEL_E1000",
                   "HW_ARCH_X86_64")),
    Case("transform_image_metadata", "one unknown value undoes all", options=METADATA,
         asked={"properties": {"hw_disk_bus": "virtio", "hw_viommu_model": "virtio"}}),
    Case("accelerators_filter", "device profile", adds=root("COMPUTE_ACCELERATORS"),
         asked={"extra_specs": {"accel:device_profile": "fpga"}}),
    Case("accelerators_filter", "none"),
    Case("packed_virtqueue_filter", "by flavor", adds=root("COMPUTE_NET_VIRTIO_PACKED"),
         asked={"extra_specs": {"hw:virtio_packed_ring": "True"}}),
    Case("packed_virtqueue_filter", "by image", adds=root("COMPUTE_NET_VIRTIO_PACKED"),
         asked={"properties": {"hw_virtio_packed_ring": "yes"}}),
    Case("packed_virtqueue_filter", "no", asked={"properties": {"hw_virtio_packed_ring": "no"}}),
    Case("routed_networks_filter", "off", segments=[frozenset({"s1"})]),
    Case("routed_networks_filter", "each network", segments=[frozenset({"s1"}), frozenset({"s2"})],
         options={"scheduler__query_placement_for_routed_network_aggregates": True},
         adds={"member_of": (frozenset({"s1"}), frozenset({"s2"}))}),
    Case("remote_managed_ports_filter", "such a port", adds=root("COMPUTE_REMOTE_MANAGED_PORTS"),
         asked={"requested_resources": [{"requester_id": "port", "vnic_type": "remote-managed"}]}),
    Case("remote_managed_ports_filter", "another port",
         asked={"requested_resources": [{"requester_id": "port", "vnic_type": "direct"}]}),
    Case("ephemeral_encryption_filter", "any format", adds=root("COMPUTE_EPHEMERAL_ENCRYPTION"),
         asked={"properties": {"hw_ephemeral_encryption": True}}),
    Case("ephemeral_encryption_filter", "one format",
         asked={"extra_specs": {"hw:ephemeral_encryption": "true",
                                "hw:ephemeral_encryption_format": "luks"}},
         adds=root("COMPUTE_EPHEMERAL_ENCRYPTION", "COMPUTE_EPHEMERAL_ENCRYPTION_LUKS")),
    Case("ephemeral_encryption_filter", "none"),
    Case("virtio_sound_filter", "virtio", asked={"properties": {"hw_sound_model": "virtio"}},
         adds=root("COMPUTE_SOUND_MODEL_VIRTIO")),
    Case("virtio_sound_filter", "another", asked={"extra_specs": {"hw:sound_model": "ich9"}}),
    Case("tpm_secret_security_filter", "the user keeps it",
         asked={"extra_specs": {"hw:tpm_version": "2.0"}},
         adds=root("COMPUTE_SECURITY_TPM_SECRET_SECURITY_USER")),
    Case("tpm_secret_security_filter", "the host keeps it",
         asked={"extra_specs": {"hw:tpm_version": "2.0", "hw:tpm_secret_security": "host"}},
         adds=root("COMPUTE_SECURITY_TPM_SECRET_SECURITY_HOST")),
    Case("tpm_secret_security_filter", "no TPM",
         asked={"extra_specs": {"hw:tpm_secret_security": "host"}}),
    Case("owner_nova_filter", "old hosts do not say", oldest_service=72),
    Case("owner_nova_filter", "all hosts say", oldest_service=73,
         adds={**root("OWNER_NOVA"), "group_required": frozenset({"OWNER_NOVA"})}),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_narrows_for_its_cause_only(case):
    found = BY_NAME[case.prefilter](request(**case.asked), case.site())
    if case.adds is None:
        assert found is None
    else:
        assert found is not None
        assert found == Narrowing(reason=found.reason, **case.adds)
        assert found.reason


@pytest.mark.parametrize(("prefilter", "asked", "options"), [
    ("map_az_to_placement_aggregate", {"availability_zone": "north"}, {}),
    ("require_tenant_aggregate", {},
     {**TENANTS, "scheduler__placement_aggregate_required_for_tenants": True}),
])
def test_refuses_what_no_host_can_be(prefilter, asked, options):
    with pytest.raises(NoValidHost):
        BY_NAME[prefilter](request(**asked), Site(conf_with(**options), ZONES))


def test_every_prefilter_has_a_case_that_narrows():
    assert {case.prefilter for case in CASES if case.adds} == set(BY_NAME)
