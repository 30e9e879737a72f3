"""Every rule of OpenStack's scheduler has a class, its options with their defaults, and a test.

`reference.csv` lists the rules: a row without a class, an option or a test fails.
"""

import csv
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.conf import new_config
from nova.scheduler.filters import FILTERS, Filter
from nova.scheduler.prefilters import PREFILTERS
from nova.scheduler.weighers import WEIGHERS, Weigher
from tests.functional.scheduler_places import test_explained
from tests.unit.scheduler import (
    test_loading,
    test_operators,
    test_plan,
    test_reasons,
    test_select,
)
from tests.unit.scheduler.asking import test_port_groups, test_query
from tests.unit.scheduler.filters import test_each_filter
from tests.unit.scheduler.prefilters import test_each_prefilter
from tests.unit.scheduler.weighers import test_each_weigher

Row = dict[str, str]
ROWS: list[Row] = list(csv.DictReader(Path(__file__).with_name("reference.csv").open()))
FILTER = {kind.__name__: kind for kind in FILTERS}
WEIGHER = {kind.__name__: kind for kind in WEIGHERS}
# Weighers that need more than numbers of hosts to be tested.
WEIGHED_BY: dict[str, Callable[..., None]] = {
    "MetricsWeigher": test_each_weigher.test_metrics,
    "ServerGroupSoftAffinityWeigher": test_each_weigher.test_groups,
    "ServerGroupSoftAntiAffinityWeigher": test_each_weigher.test_groups,
    "CrossCellWeigher": test_each_weigher.test_moves_keep_to_their_cell,
    "ImagePropertiesWeigher": test_each_weigher.test_images_like_those_on_the_host,
}
# Rules that are no class of their own, with what shows them.
SHOWN_BY: dict[str, dict[str, Callable[..., None]]] = {
    "note": {
        "operator grammar": test_operators.test_matches,
        "force and ignore": test_reasons.test_a_forced_host_passes_filters_by,
        "candidate aware filters": test_select.test_devices_counted_by_placement,
        "weighing algorithm": test_each_weigher.test_an_aggregate_may_override_a_multiplier,
        "final pick": test_plan.test_a_random_one_of_the_best_is_taken,
        "prefilters on rebuild": test_reasons.test_a_rebuild_asks_only_the_host_it_is_on,
    },
    "hint": {
        "group": test_reasons.test_a_group_in_one_request,
        "different_host": test_reasons.test_hints_about_servers,
        "same_host": test_reasons.test_hints_about_servers,
        "query": test_each_filter.test_refuses_for_its_cause_only,
        "build_near_host_ip": test_each_filter.test_refuses_for_its_cause_only,
        "cidr": test_each_filter.test_refuses_for_its_cause_only,
        "target_cell": test_reasons.test_hints_that_are_nobodys_change_nothing,
        "different_cell": test_reasons.test_hints_that_are_nobodys_change_nothing,
        "reservation and custom keys": test_loading.test_filters_of_the_operator_read_any_hint,
        "_nova_check_type": test_reasons.test_a_forced_host_is_checked_for_a_live_migration,
        "location in body": test_explained.test_hints_stand_under_either_key_of_a_create,
    },
    "placement_mapping": {
        "VCPU": test_query.test_amounts,
        "PCPU": test_query.test_amounts,
        "PCPU fallback": test_select.test_pinned_processors_also_from_hosts_that_do_not,
        "MEMORY_MB": test_query.test_amounts,
        "DISK_GB": test_query.test_amounts,
        "resources:<RC>=n": test_query.test_amounts,
        "resources<S>:<RC>=n": test_query.test_granular_groups,
        "trait:<T>=required|forbidden": test_query.test_traits,
        "trait<S>:<T>": test_query.test_granular_groups,
        "group_policy=none|isolate":
            test_query.test_a_policy_is_made_up_only_for_groups_that_no_flavor_wrote,
        "traits_required": test_query.test_traits,
        "root_required": test_query.test_narrowings_and_bounds,
        "same_subtree": test_query.test_ports_and_device_profiles,
        "member_of / in_tree": test_query.test_narrowings_and_bounds,
        "limit": test_select.test_what_lifts_the_limit_of_candidates,
        "port groups":
            test_port_groups.test_each_group_is_numbered_by_its_id_and_kept_in_one_tree,
        "PCI groups": test_query.test_devices_by_alias,
        "device profile groups": test_query.test_ports_and_device_profiles,
        "hyperthreading": test_query.test_traits,
        "secure boot": test_query.test_traits,
        "vTPM": test_query.test_traits,
        "memory encryption": test_query.test_traits,
        "stateless firmware": test_query.test_traits,
        "max phys addr": test_query.test_traits,
        "pmem": test_query.test_amounts,
        "pci numa socket": test_query.test_traits,
        "claim": test_select.test_a_plain_server_gets_a_host_and_its_claim,
        "alternates": test_select.test_alternates_are_of_the_same_cell_and_say_what_to_claim,
    },
}


def rows(kind: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in ROWS if row["kind"] == kind]


def options(row: Row) -> Iterator[tuple[str, str, str | None]]:
    """(group, option, default if it is told); an option without a group is of the one before."""
    group = ""
    for part in filter(None, (part.strip() for part in row["options"].split(";"))):
        found = re.fullmatch(r"(?:\[(\w+)\])?(\w+)(?:=(\S+)|\s*\((\S+)\))?", part)
        assert found, part
        group = found[1] or group
        yield group, found[2], found[3] or found[4]


@pytest.mark.parametrize("row", [
    pytest.param(row, id=f"{row['kind']} {row['name']}") for row in ROWS if row["options"]])
def test_options_are_there_with_their_defaults(row: Row) -> None:
    conf = new_config()
    for group, option, default in options(row):
        value = conf[option] if group == "DEFAULT" else conf[group][option]
        assert default is None or float(value) == float(default)


@pytest.mark.parametrize("row", rows("filter"))
def test_a_filter_has_its_class_and_a_test(row: Row) -> None:
    kind, conf = FILTER[row["name"]], new_config()
    assert kind(conf).name == row["name"]
    assert (row["name"] in conf.filter_scheduler.enabled_filters) == (row["enabled"] == "yes")
    assert kind.on_rebuild == (row["on_rebuild"] == "yes")
    assert kind.every_server == (row["once"] == "no")
    assert row["name"] in {case.filter for case in test_each_filter.CASES}


@pytest.mark.parametrize("row", rows("weigher"))
def test_a_weigher_has_its_class_its_key_and_a_test(row: Row) -> None:
    made = WEIGHER[row["name"]](new_config())
    (group, option, _), *_ = options(row)
    assert (made.group, made.option, made.metadata_key) == (group, option, row["key"])
    assert row["name"] in {case[0] for case in test_each_weigher.CASES} | set(WEIGHED_BY)


@pytest.mark.parametrize("row", rows("prefilter"))
def test_a_prefilter_has_its_function_and_a_test(row: Row) -> None:
    assert row["name"] in {one.__name__ for one in PREFILTERS}
    cases = [case for case in test_each_prefilter.CASES if case.prefilter == row["name"]]
    assert any(case.adds for case in cases)
    switched = [case for case in cases if case.adds and not case.options]
    assert bool(switched) == (row["enabled"] == "always")


@pytest.mark.parametrize("kind", sorted(SHOWN_BY))
def test_every_other_rule_is_shown_by_a_test(kind: str) -> None:
    assert {row["name"] for row in ROWS if row["kind"] == kind} == set(SHOWN_BY[kind])


def test_nothing_is_there_beside_the_reference() -> None:
    listed = {row["name"] for row in ROWS}
    ours = {*FILTER, *WEIGHER, *(one.__name__ for one in PREFILTERS)}
    assert ours <= listed


@pytest.mark.parametrize("kind", [*FILTERS, *WEIGHERS], ids=lambda kind: kind.__name__)
def test_each_class_is_found_by_its_path(kind: type[Filter] | type[Weigher]) -> None:
    module = importlib.import_module(kind.__module__)
    assert getattr(module, kind.__name__) is kind
