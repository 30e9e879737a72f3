"""The operators of extra specs."""

import pytest

from nova.scheduler.filters.version_predicate import satisfies
from nova.scheduler.operators import matches


@pytest.mark.parametrize(("value", "wanted"), [
    (4, "4"), ("x", "x"), (4, "= 4"), (5, "= 4"), (4, "== 4.0"), (5, "!= 4"), (4, ">= 4"),
    (3, "<= 4"), ("b", "s== b"), ("b", "s!= a"), ("b", "s> a"), ("b", "s>= b"), ("a", "s< b"),
    ("a", "s<= a"), ("abc", "<in> b"), (["aes", "avx"], "<all-in> aes avx"),
    ("b", "<or> a <or> b"), ("a", "<or> a"), ("", ""), ("two words", "two words"), (">=", ">="),
])
def test_matches(value, wanted):
    assert matches(value, wanted)


@pytest.mark.parametrize(("value", "wanted"), [
    (4, "5"), ("44", "4"), (3, "= 4"), (4, "!= 4"), ("ten", ">= 4"), (4, ">= ten"), (3, ">= 4"),
    (5, "<= 4"), ("a", "s== b"), ("a", "s> b"), ("abc", "<in> d"), ("aes", "<all-in> aes avx"),
    ("c", "<or> a <or> b"), ("<or>", "<or> a <or> b"), (4, ">="), (None, "1"),
])
def test_does_not_match(value, wanted):
    assert not matches(value, wanted)


@pytest.mark.parametrize(("version", "predicate", "holds"), [
    (7002001, ">=7.2", True), (7002001, "==7.2.1", True), (7002001, "!=7.2.1", False),
    (7002001, "<7.3, >7.1", True), (7002001, "<7.3,>7.2.1", False), (6000000, "<=6", True),
    (6000000, "=6.0.0", True), (6000000, "about 6", False), (6000000, "", False),
])
def test_version_predicates(version, predicate, holds):
    assert satisfies(version, predicate) is holds
