"""Endpoints out of catalogues in both shapes."""

import pytest

from nova import conf as nova_conf
from nova.clients.catalog import Wanted, find_url
from nova.clients.login import ServiceOptions

V3 = [
    {
        "type": "network",
        "name": "neutron",
        "endpoints": [
            {"interface": "public", "url": "http://public", "region_id": "one", "region": "one"},
            {"interface": "internal", "url": "http://inside", "region_id": "one"},
            {"interface": "internal", "url": "http://inside2", "region_id": "two"},
        ],
    },
    {"type": "image", "endpoints": [{"interface": "public", "url": "http://image"}]},
]
V2 = [
    {
        "type": "network",
        "endpoints": [
            {"publicURL": "http://public", "internalURL": "http://inside", "region": "one"},
            {"publicURL": "http://public2", "region": "two"},
        ],
    }
]


@pytest.mark.parametrize(
    ("catalog", "facts", "url"),
    [
        (V3, {}, "http://inside"),
        (V3, {"region": "two"}, "http://inside2"),
        (V3, {"region": "three"}, None),
        (V3, {"interfaces": ("public",)}, "http://public"),
        (V3, {"interfaces": ("admin", "public")}, "http://public"),
        (V3, {"service_name": "other"}, None),
        (V2, {}, "http://inside"),
        (V2, {"region": "two"}, "http://public2"),
        ((), {}, None),
    ],
)
def test_find_url(catalog, facts, url):
    assert find_url(catalog, Wanted("network", **facts)) == url


@pytest.mark.parametrize(
    ("found", "url"),
    [
        ("http://n", "http://n/v2.0"),
        ("http://n/networking/", "http://n/networking/v2.0"),
        ("http://n/v2.0/", "http://n/v2.0"),
        ("http://n/v2", "http://n/v2"),
    ],
)
def test_versions_are_put_behind_once(found, url):
    options = ServiceOptions.of(nova_conf.new_config(), "neutron", "/v2.0")
    assert options.versioned(found) == url


def test_options_of_a_group():
    conf = nova_conf.new_config()
    conf.set_override("valid_interfaces", ["admin"], group="placement")
    conf.set_override("region_name", "two", group="placement")
    options = ServiceOptions.of(conf, "placement", "")
    assert options.wanted == Wanted("placement", None, ("admin",), "two")
    assert options.versioned("http://p/placement/") == "http://p/placement"
