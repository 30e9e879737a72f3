"""The house rules find what they are meant to find."""

import ast
from pathlib import Path

import pytest

from tools.house import cycles
from tools.house.rules import judge, sources
from tools.house.source import Source

ROOT = Path(__file__).parents[3]


def complaints(text, path="nova/servers/power/pause.py"):
    return [complaint.text for complaint in judge(Source(path, text, ast.parse(text)))]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("import time\ntime.sleep(1)\n", "time.sleep"),
        ("import threading\nthreading.Thread(target=print)\n", "threading.Thread"),
        ("import datetime\ndatetime.datetime.now()\n", "datetime.datetime.now"),
        ("since = '2.37'\n", "microversion"),
        ("def f(conf):\n    return conf.quota.coers\n", "[quota]coers"),
        ("def f(self):\n    return self._conf.qouta.cores\n", "conf.qouta"),
        ("x = 1\n" * 501, "501 lines"),
    ],
)
def test_a_broken_rule(text, word):
    (complaint,) = set(complaints(text))
    assert word in complaint


@pytest.mark.parametrize("path", ["nova/compute/utils.py", "nova/common/words.py"])
def test_a_name_that_says_nothing(path):
    assert complaints("", path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("import time\ntime.sleep(1)\n", "nova/core/clock.py"),
        ("ASYNC = '2.101'\n", "nova/microversions.py"),
        ('"""Since 2.37 there are automatic networks."""\n', "nova/servers/create/networks.py"),
        ("def f(conf):\n    return conf.quota.cores, conf.host\n", "nova/api/router.py"),
        ("def f(conf):\n    return conf.keystone_authtoken.auth_url\n", "nova/api/router.py"),
        ("def f(conf):\n    conf.set_override('host', 'a')\n", "nova/api/router.py"),
    ],
)
def test_what_is_allowed(text, path):
    assert complaints(text, path) == []


def test_circles_are_found_once_each():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert cycles.knots(edges) == [["a", "b", "c"], ["d", "e"]]


def test_a_tree_has_no_circle():
    assert cycles.knots({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_migrations_are_not_judged():
    assert not any("migrations/versions" in source.path for source in sources(ROOT))
