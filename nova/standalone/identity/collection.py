"""List, create, show, update and delete for any kind of account or catalogue row."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.identity.errors import denied_action, missing
from nova.standalone.storage import Store, first, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request, conflict

Values = dict[str, Any]
TRUE = {"1", "true", "yes", "on", ""}


@dataclass(frozen=True, slots=True)
class Field:
    """A body attribute kept in the column of the same name."""

    name: str
    kind: type | tuple[type, ...] = str
    required: bool = False
    nullable: bool = False
    default: Any = None
    fixed: bool = False


def nobody(caller: Caller, row: Values) -> bool:
    return False


def anybody(caller: Caller, row: Values) -> bool:
    return True


def as_given(connection: sa.Connection, caller: Caller, values: Values) -> None:
    """The `prepare` of resources that store what the body says."""


def nothing_else(connection: sa.Connection, row: Values) -> None:
    """The `cleanup` of resources that foreign keys clean up after."""


@dataclass(frozen=True)
class Resource:
    """`visible` says which rows callers who are no administrators may read.

    `prepare` changes what will be stored, `cleanup` removes what hangs on a
    deleted row; both run in the transaction.
    """

    singular: str
    plural: str
    table: sa.Table
    fields: tuple[Field, ...]
    hidden: frozenset[str] = frozenset({"extra"})
    visible: Callable[[Caller, Values], bool] = nobody
    prepare: Callable[[sa.Connection, Caller, Values], None] = as_given
    cleanup: Callable[[sa.Connection, Values], None] = nothing_else


class Collection:
    def __init__(self, resource: Resource, store: Store) -> None:
        self._resource = resource
        self._store = store
        self._table = resource.table

    def routes(self) -> tuple[Route, ...]:
        many = f"/v3/{self._resource.plural}"
        one = many + "/{id}"
        return (
            Route("GET", many, self.index),
            Route("POST", many, self.create, 201),
            Route("GET", one, self.show),
            Route("PATCH", one, self.update),
            Route("DELETE", one, self.delete, 204),
        )

    def index(self, call: Call) -> Values:
        query = sa.select(self._table).order_by(*self._order())
        for name, text in call.query.items():
            query = self._filtered(query, name, text)
        with self._store.read() as connection:
            found = rows(connection, query)
        return self.page(call, [row for row in found if self._readable(call.caller, row)])

    def create(self, call: Call) -> Values:
        self._admin(call, "create")
        body = call.part(self._resource.singular)
        with self._store.write() as connection:
            return self.document(call, self._insert(connection, call, body))

    def show(self, call: Call) -> Values:
        with self._store.read() as connection:
            row = self._get(connection, call.args["id"])
        if not self._readable(call.caller, row):
            raise denied_action(f"identity:get_{self._resource.singular}")
        return self.document(call, row)

    def update(self, call: Call) -> Values:
        self._admin(call, "update")
        body = call.part(self._resource.singular)
        with self._store.write() as connection:
            old = self._get(connection, call.args["id"])
            values = self._checked(body, old)
            self._resource.prepare(connection, call.caller, values)
            same = self._table.c.id == old["id"]
            if values:
                self._execute(connection, sa.update(self._table).where(same).values(values))
            return self.document(call, self._get(connection, old["id"]))

    def delete(self, call: Call) -> None:
        self._admin(call, "delete")
        with self._store.write() as connection:
            row = self._get(connection, call.args["id"])
            self._resource.cleanup(connection, row)
            self._execute(connection, sa.delete(self._table).where(self._table.c.id == row["id"]))

    def page(self, call: Call, found: list[Values]) -> Values:
        links = {"next": None, "self": f"{call.host_url}{call.request.path_info}", "previous": None}
        return {self._resource.plural: [self.view(call, row) for row in found], "links": links}

    def view(self, call: Call, row: Values) -> Values:
        shown = {**row.get("extra", {}), **row}
        for name in self._resource.hidden:
            shown.pop(name, None)
        url = f"{call.host_url}/v3/{self._resource.plural}/{row['id']}"
        return {**shown, "links": {"self": url}}

    def document(self, call: Call, row: Values) -> Values:
        return {self._resource.singular: self.view(call, row)}

    def _insert(self, connection: sa.Connection, call: Call, body: Values) -> Values:
        values = self._checked(body)
        values.setdefault("id", uuid.uuid4().hex)
        self._resource.prepare(connection, call.caller, values)
        self._execute(connection, sa.insert(self._table).values(values))
        return self._get(connection, values["id"])

    def _order(self) -> tuple[Any, ...]:
        columns = self._table.c
        return (columns.name, columns.id) if "name" in columns else (columns.id,)

    def _filtered(self, query: Any, name: str, text: str) -> Any:
        column = self._table.c.get(name)
        if column is None or name in self._resource.hidden:
            return query
        if isinstance(column.type, sa.Boolean):
            return query.where(column.is_(text.lower() in TRUE))
        return query.where(column == text)

    def _readable(self, caller: Caller, row: Values) -> bool:
        return caller.is_admin or self._resource.visible(caller, row)

    def _admin(self, call: Call, verb: str) -> None:
        if not call.caller.is_admin:
            raise denied_action(f"identity:{verb}_{self._resource.singular}")

    def _get(self, connection: sa.Connection, row_id: str) -> Values:
        row = first(connection, sa.select(self._table).where(self._table.c.id == row_id))
        if row is None:
            raise missing(self._resource.singular, row_id)
        return row

    def _checked(self, body: Values, old: Values | None = None) -> Values:
        values = {
            field.name: _value(field, body, old)
            for field in self._resource.fields
            if field.name in body or old is None
        }
        known = {field.name for field in self._resource.fields} | {"links", "id"}
        extra = {name: value for name, value in body.items() if name not in known}
        if old is None or extra:
            values["extra"] = {**(old or {}).get("extra", {}), **extra}
        if old is None and values.get("id") is None:
            values.pop("id", None)
        return values

    def _execute(self, connection: sa.Connection, statement: Any) -> None:
        try:
            connection.execute(statement)
        except sa.exc.IntegrityError as error:
            raise self._conflict(error) from None

    def _conflict(self, error: sa.exc.IntegrityError) -> Exception:
        name = self._resource.singular
        if "FOREIGN KEY" in str(error.orig):
            return conflict(f"The {name} refers to, or is needed by, something else.")
        return conflict(f"Conflict occurred attempting to store {name} - Duplicate Entry.")


def _value(field: Field, body: Values, old: Values | None) -> Any:
    if field.name not in body:
        if field.required:
            raise bad_request(f"'{field.name}' is a required property")
        return field.default() if callable(field.default) else field.default
    value = body[field.name]
    if value is None and not field.required:
        return None if field.nullable else field.default
    if not isinstance(value, field.kind):
        raise bad_request(f"Invalid input for field '{field.name}': {value!r} has a wrong type.")
    if field.fixed and old is not None and value != old[field.name]:
        raise bad_request(f"Cannot change {field.name}.")
    return value
