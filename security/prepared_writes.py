"""INSERT and UPDATE as they are made at every request, with SQL that the ORM wrote once; see prepared.py for why."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState
from django.db.models.sql import UpdateQuery

from security.prepared import Given, adapted

Fields = Sequence["models.Field[Any, Any]"]
TEXTS = (models.CharField, models.TextField)
_statements: dict[tuple[object, ...], str] = {}


class SavedQuickly:
    """Put before `models.Model`: reading a row, `save` and `create` do what they always do, quicker. Nobody is told of
    an instance being made (`pre_init`, `post_init`).
    """

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **how: Any) -> Any:
        if len(values) != len(cls._meta.concrete_fields):  # type: ignore[attr-defined]
            return super().from_db(db, field_names, values, **how)  # type: ignore[misc]
        made, state = cls.__new__(cls), ModelState()
        state.adding, state.db = False, db
        if how.get("fetch_mode") is not None:
            state.fetch_mode = how["fetch_mode"]
        made.__dict__.update(zip(field_names, values, strict=True), _state=state)
        return made

    def _do_insert(self, manager: Any, using: str, fields: Fields, returning_fields: Fields, raw: bool) -> Any:
        values = [field.pre_save(self, add=True) for field in fields]  # type: ignore[arg-type]
        if using != DEFAULT_DB_ALIAS or raw or not _are_plain(values):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
        sql = _insert(type(self), tuple(fields), tuple(returning_fields))
        database = connections[DEFAULT_DB_ALIAS]
        with database.cursor() as cursor:
            cursor.execute(sql, _adapted(fields, values, database))
            return [cursor.fetchone()] if returning_fields else []

    def _do_update(self, *args: Any, **kwargs: Any) -> Any:
        _, using, pk, changes, *_, returning_fields = args
        fields, values = [field for field, _, _ in changes], [value for _, _, value in changes]
        if using != DEFAULT_DB_ALIAS or returning_fields or not changes or not _are_plain(values):
            return super()._do_update(*args, **kwargs)  # type: ignore[misc]
        database = connections[DEFAULT_DB_ALIAS]
        with database.cursor() as cursor:
            cursor.execute(_update(type(self), tuple(fields)), [*_adapted(fields, values, database), pk])
            return [()] * cursor.rowcount


def insert[Row: models.Model](row: Row) -> Row:
    """Insert a new row of a model whose key the database gives. `save` would find out first whether it is there."""
    _made(row, "")
    return row


def insert_unless_there(row: models.Model) -> bool:
    """The same, as long as no other stands in its place; says whether it did."""
    return _made(row, " ON CONFLICT DO NOTHING")


def _made(row: Any, otherwise: str) -> bool:
    meta = row._meta
    fields = tuple(field for field in meta.local_concrete_fields if field is not meta.auto_field)
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        values = [field.pre_save(row, add=True) for field in fields]
        cursor.execute(_insert(type(row), fields, (meta.pk,), otherwise), _adapted(fields, values, database))
        made = cursor.fetchone()
    if made:
        row.pk, row._state.adding, row._state.db = made[0], False, DEFAULT_DB_ALIAS
    return made is not None


class Update:
    """`rows.update(**columns)` for rows that `build` finds, with `Given` values in it. What is `fixed` is written
    every time as well, and may be an expression.
    """

    def __init__(self, build: Callable[[], models.QuerySet[Any]], **fixed: Any) -> None:
        self._build, self._fixed = build, fixed
        self._written: dict[tuple[str, ...], tuple[str, list[Any]]] = {}

    def __call__(self, columns: dict[str, Any], **values: Any) -> int:
        """How many rows were written."""
        names = tuple(columns)
        sql, params = self._written.get(names) or self._write(names)
        given = {**values, **{f"={name}": value for name, value in columns.items()}}
        database = connections[DEFAULT_DB_ALIAS]
        with database.cursor() as cursor:
            cursor.execute(sql, [_value(param, given, database) for param in params])
            return int(cursor.rowcount)

    def _write(self, names: tuple[str, ...]) -> tuple[str, list[Any]]:
        rows = self._build()
        query: Any = rows.query.chain(UpdateQuery)
        fields = {name: rows.model._meta.get_field(name) for name in names}
        query.add_update_values({**{name: Given(f"={name}", field) for name, field in fields.items()}, **self._fixed})
        sql, params = query.get_compiler(connection=connection).as_sql()
        self._written[names] = sql, list(params)
        return self._written[names]


def _value(param: Any, given: dict[str, Any], database: BaseDatabaseWrapper) -> Any:
    if not isinstance(param, Given):
        return param
    value = given[param.name]
    if not param.name.startswith("="):
        return adapted(value, database)
    value = value.pk if isinstance(value, models.Model) else value
    return _for_database(param.output_field, value, database)


def _are_plain(values: list[Any]) -> bool:
    return not any(hasattr(value, "resolve_expression") for value in values)


def _adapted(fields: Fields, values: list[Any], database: BaseDatabaseWrapper) -> list[Any]:
    return [_for_database(field, value, database) for field, value in zip(fields, values, strict=True)]


def _for_database(field: Any, value: Any, database: BaseDatabaseWrapper) -> Any:
    """What `get_db_prep_save` says, which is the same again for nothing and for a text. A choice becomes its plain
    text: for a type of its own psycopg would look each time how to write it.
    """
    if value is None:
        return None
    if isinstance(value, str) and isinstance(field, TEXTS):
        return str(value)
    return field.get_db_prep_save(value, connection=database)


def _insert(model: type[Any], fields: tuple[Any, ...], returning: tuple[Any, ...], otherwise: str = "") -> str:
    key = (model, fields, returning, otherwise)
    if key not in _statements:
        places = ", ".join(["%s"] * len(fields))
        sql = f"INSERT INTO {_name(model._meta.db_table)} ({_names(fields)}) VALUES ({places}){otherwise}"  # noqa: S608
        _statements[key] = sql + (f" RETURNING {_names(returning)}" if returning else "")
    return _statements[key]


def _update(model: type[Any], fields: tuple[Any, ...]) -> str:
    key = (model, fields)
    if key not in _statements:
        columns = ", ".join(f"{_name(field.column)} = %s" for field in fields)
        mine = _name(model._meta.pk.column)
        _statements[key] = f"UPDATE {_name(model._meta.db_table)} SET {columns} WHERE {mine} = %s"  # noqa: S608
    return _statements[key]


def _names(fields: Fields) -> str:
    return ", ".join(_name(field.column or "") for field in fields)


def _name(name: str) -> str:
    return connection.ops.quote_name(name)
