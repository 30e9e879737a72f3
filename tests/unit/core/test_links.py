"""Links and pages."""

import pytest

from nova.core.call import Call
from nova.core.links import links, next_link, with_prefix, without_version
from nova.core.paging import Cut, cut
from nova.core.view import Shown, before, view
from nova.errors import Refused
from nova.microversions import BASE, KEYPAIR_TYPES, Microversion


def asking(**query: list[str]) -> Call[None]:
    return Call(
        context=None, version=BASE, seams=None, policy=None, url="http://h/v2.1", query=query
    )


def test_self_and_bookmark() -> None:
    assert links("http://h/v2.1/p", "http://h/p", "flavors", "a b/c") == [
        {"rel": "self", "href": "http://h/v2.1/p/flavors/a%20b/c"},
        {"rel": "bookmark", "href": "http://h/p/flavors/a%20b/c"},
    ]


@pytest.mark.parametrize(
    ("root", "bare"),
    [
        ("http://h/v2.1", "http://h"),
        ("http://h/compute/v2", "http://h/compute"),
        ("http://h", "http://h"),
    ],
)
def test_without_version(root: str, bare: str) -> None:
    assert without_version(root) == bare


@pytest.mark.parametrize(
    ("prefix", "seen"),
    [
        (None, "http://h/v2.1"),
        ("https://x:1/", "https://x:1/v2.1"),
        ("https://x/y/", "https://x/y/v2.1"),
    ],
)
def test_prefix(prefix: str | None, seen: str) -> None:
    assert with_prefix("http://h/v2.1", prefix) == seen


def test_next_page_keeps_what_was_asked() -> None:
    link = next_link(
        "http://h/v2.1", "/flavors", {"limit": ["2"], "marker": ["a"], "b": ["x y"]}, "é"
    )
    assert link == {"rel": "next", "href": "http://h/v2.1/flavors?b=x+y&limit=2&marker=%C3%A9"}


def test_cut_is_capped() -> None:
    assert cut(asking(), 10) == Cut(10, None)
    assert cut(asking(limit=["5"], marker=["m"]), 10) == Cut(5, "m")
    assert cut(asking(limit=["50"]), 10).limit == 10
    assert cut(asking(limit=["0"]), 10).limit == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "limit must be an integer"),
        ("-1", "limit must be >= 0"),
        ("9" * 5000, "limit must be an integer"),
    ],
)
def test_amounts_that_do_not_count(text: str, said: str) -> None:
    with pytest.raises(Refused, match=f"Invalid input received: {said}"):
        cut(asking(limit=[text]), 10)


def test_order() -> None:
    assert cut(asking(), 10, "created_at", "desc").directions == ("desc",)
    both = cut(asking(sort_key=["a", "b"], sort_dir=["asc"]), 10, "created_at", "desc")
    assert (both.keys, both.directions) == (("a", "b"), ("asc", "asc"))
    with pytest.raises(Refused, match="Sort direction size exceeds sort key size"):
        cut(asking(sort_key=["a"], sort_dir=["asc", "desc"]), 10)


def test_views_by_version() -> None:
    shown = (
        Shown("a", lambda r: r, until=before(KEYPAIR_TYPES)),
        Shown("b", lambda r: r, since=KEYPAIR_TYPES),
    )
    assert view(shown, 1, BASE) == {"a": 1}
    assert view(shown, 1, KEYPAIR_TYPES) == {"b": 1}
    assert before(KEYPAIR_TYPES) == Microversion(2, 1)
