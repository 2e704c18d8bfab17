"""Queries that are asked at every request: the ORM writes their SQL once. To write it every time takes it longer than
the database needs to answer. What comes out are the same instances as ever.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression, F, Func
from django.db.models.fetch_modes import FETCH_ONE
from django.db.models.query import ModelIterable, get_related_populators


def number(name: str) -> "Given":
    """A whole number or an id that is given when the query is asked."""
    return Given(name, models.BigIntegerField())


def text(name: str) -> "Given":
    """A text that is given."""
    return Given(name, models.CharField())


def moment(name: str) -> "Given":
    """A moment that is given; for what counts from now, "now" itself."""
    return Given(name, models.DateTimeField())


def as_given(column: str) -> Expression:
    """Whether a column of moments is what is given under its name, be it nothing."""
    return _compared(column, "IS NOT DISTINCT FROM", moment(column))


def is_like(column: str, name: str) -> Expression:
    """Whether a column fits the pattern that is given under this name."""
    return _compared(column, "LIKE", text(name))


def _compared(column: str, how: str, given: "Given") -> Expression:
    is_so = models.BooleanField()
    return Func(F(column), given, template="%(expressions)s", arg_joiner=f" {how} ", output_field=is_so)


def adapted(value: Any, database: BaseDatabaseWrapper) -> Any:
    """What is given, as the database takes it."""
    return database.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class Given(Expression):
    """Stands in a prepared query for a value that is given when it is asked."""

    def __init__(self, name: str, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", (self,)


@dataclass(frozen=True, slots=True)
class _Written:
    sql: str
    params: list[Any]
    converters: Any
    compiler: Any
    model: type[models.Model] | None = None  # none where values are asked for, not instances
    columns: slice = slice(0, 0)
    names: tuple[str, ...] = ()
    related: tuple[Any, ...] = ()
    annotations: tuple[tuple[str, int], ...] = ()  # names, and where in the row they stand


class Prepared[Row]:
    """A query with `Given` values in it. `build` makes it, once; in a transaction if it locks rows. `values_list` gives
    tuples.
    """

    def __init__(self, build: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._build = build
        self._written: _Written | None = None

    def first(self, **values: Any) -> Row | None:
        """The first row for these values, or None."""
        return next(iter(self.all(**values)), None)

    def all(self, **values: Any) -> list[Row]:
        """Every row for these values."""
        written = self._written or self._write()
        database = connections[DEFAULT_DB_ALIAS]  # found once: `connection` is looked up whenever it is mentioned
        params = [adapted(values[it.name], database) if isinstance(it, Given) else it for it in written.params]
        with database.cursor() as cursor:
            cursor.execute(written.sql, params)
            rows = cursor.fetchall()
        if written.converters:
            rows = written.compiler.apply_converters(rows, written.converters)
        make: Any = tuple if written.model is None else partial(_made, written, written.model)
        return [make(row) for row in rows]

    def _write(self) -> _Written:
        queryset = self._build()
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if any(isinstance(param, datetime) for param in params):
            raise ValueError("A moment in a prepared query has to be given: it would stay as it is for ever.")
        select, info = compiler.select, compiler.klass_info
        converters = compiler.get_converters([expression for expression, _, _ in select])
        written = _Written(sql, list(params), converters, compiler)
        if issubclass(queryset._iterable_class, ModelIterable):
            fields = info["select_fields"]
            columns = slice(fields[0], fields[-1] + 1)
            written = replace(
                written,
                model=info["model"],
                columns=columns,
                names=tuple(expression.target.attname for expression, _, _ in select[columns]),
                related=tuple(get_related_populators(info, select, connection.alias, FETCH_ONE)),
                annotations=tuple(compiler.annotation_col_map.items()),
            )
        self._written = written  # at last, and whole: other threads ask too
        return written


def _made(written: _Written, model: type[models.Model], row: Any) -> Any:
    found = model.from_db(DEFAULT_DB_ALIAS, written.names, row[written.columns])
    for related in written.related:
        related.populate(row, found)
    for name, place in written.annotations:
        setattr(found, name, row[place])
    return found
