"""The list of options as a whole."""

from collections import Counter

import pytest
from oslo_config import cfg

import nova.conf
from nova.conf import machine
from nova.conf.opts import SECTIONS


def test_no_option_is_defined_twice():
    names = Counter(
        (section.name, option.dest) for section in SECTIONS for option in section.options
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_option_has_a_sentence_of_help():
    without = [
        (section.name, option.name)
        for section in SECTIONS
        for option in section.options
        if not (option.help or "").strip().endswith(".")
    ]
    assert without == []


def test_every_default_is_a_legal_value():
    conf = nova.conf.new_config()
    for section in SECTIONS:
        for option in section.options:
            value = conf[option.dest] if section.group is None else conf[section.name][option.dest]
            if value is not None and option.default is not None and not option.multi:
                option.type(str(option.default) if isinstance(option.default, int) else value)


def test_configurations_do_not_share_values():
    one, two = nova.conf.new_config(), nova.conf.new_config()
    one.set_override("cores", 1, group="quota")
    one.set_override("host", "elsewhere")
    assert two.quota.cores == 20
    assert two.host != "elsewhere"


def test_machine_facts_are_defaults():
    conf = nova.conf.new_config()
    assert conf.host == conf.console_host
    assert conf.my_ip == machine.primary_ipv4()
    assert conf.my_block_storage_ip == conf.my_ip
    assert conf.instances_path == f"{conf.pybasedir}/instances"


@pytest.mark.parametrize(
    ("group", "service_type"),
    [("neutron", "network"), ("placement", "placement"), ("cyborg", "accelerator")],
)
def test_clients_find_their_service(group, service_type):
    conf = nova.conf.new_config()
    assert conf[group].service_type == service_type
    assert conf[group].valid_interfaces == ["internal", "public"]


def test_clients_without_a_login_have_none():
    with pytest.raises(cfg.NoSuchOptError):
        _ = nova.conf.new_config().glance.auth_type


def test_sample_file_lists_each_group_once_with_its_login():
    listed = nova.conf.list_opts()
    groups = [group for group, _ in listed]
    assert len(groups) == len(set(groups))
    assert {"DEFAULT", "api_database", "mdev_<TYPE>", "placement"} <= set(groups)
    assert "database" not in groups
    assert {"auth-url", "password", "auth_type"} <= {o.name for o in dict(listed)["neutron"]}
