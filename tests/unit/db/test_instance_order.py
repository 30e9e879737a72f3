"""Which lists of servers are read along an index."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from nova.db import paging
from nova.db.cell.instance_order import _INDEXES, along_index
from nova.db.cell.instance_rows import instances
from nova.db.cell.instances import TIES
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page

OWN = "FORCE INDEX (instances_project_id_deleted_created_at_idx)"
EVERY = "FORCE INDEX (instances_deleted_created_at_idx)"
NAMES = "FORCE INDEX (instances_project_id_deleted_display_name_idx)"


def statement(page: Page, dialect: Any = mysql, **wanted: Any) -> str:
    query = along_index(
        select(instances.c.id), InstanceFilter(**wanted), paging.order_of(page, TIES)
    )
    return str(query.compile(dialect=dialect.dialect()))


def page(*keys: str, ways: tuple[str, ...] = ()) -> Page:
    return Page(limit=10, keys=keys, directions=ways)


@pytest.mark.parametrize(
    ("asked", "wanted", "hint"),
    [
        (page(), {"project_id": "p"}, OWN),
        (page(), {}, EVERY),
        (page("created_at", "id", ways=("desc", "desc")), {"project_id": "p"}, OWN),
        (page("display_name", ways=("asc",)), {"project_id": "p"}, NAMES),
        (page(), {"project_id": "p", "states": [("error", None)]}, OWN),
        (page(), {"project_id": "p", "matching": {"display_name": "7"}}, OWN),
    ],
)
def test_the_order_of_an_index_is_followed(
    asked: Page, wanted: dict[str, Any], hint: str
) -> None:
    assert statement(asked, **wanted).count(hint) == 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (page("vm_state"), {"project_id": "p"}),
        (page("created_at", "id", ways=("desc", "asc")), {"project_id": "p"}),
        (page("display_name"), {}),
        (page(), {"project_id": "p", "deleted": None}),
        (page(), {"project_id": "p", "deleted": True}),
        (page(), {"project_id": "p", "uuids": []}),
        (page(), {"project_id": "p", "exact": {"host": "h"}}),
        (page(), {"project_id": "p", "tags": ["t"]}),
        (page(), {"project_id": "p", "ip": "10"}),
        (page(), {"project_id": "p", "changes_since": datetime(2026, 1, 1, tzinfo=UTC)}),
    ],
)
def test_what_else_may_be_the_shorter_way_is_left_to_the_database(
    asked: Page, wanted: dict[str, Any]
) -> None:
    assert "INDEX" not in statement(asked, **wanted)


@pytest.mark.parametrize("dialect", [postgresql, sqlite])
def test_other_databases_are_told_nothing(dialect: Any) -> None:
    assert "INDEX" not in statement(page(), dialect, project_id="p")


def test_indexes_are_as_they_are_named() -> None:
    present = {str(index.name): [each.name for each in index.columns]
               for index in instances.indexes}  # fmt: skip
    for (own, keys), name in _INDEXES.items():
        assert present[name] == [*(["project_id"] if own else []), "deleted", *keys]
