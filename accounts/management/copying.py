"""Many rows at once: by COPY where the database is PostgreSQL, by INSERT elsewhere."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from django.db import connection, models
from django.db.models import JSONField, Max

AT_ONCE = 500


def reserve(model: type[models.Model], number: int) -> list[int]:
    """So many keys for new rows, which nobody else is given, in the caller's transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [model._meta.db_table, model._meta.pk.column, number],
            )
            return [key for (key,) in cursor.fetchall()]
    last = model._base_manager.aggregate(last=Max("pk"))["last"] or 0
    return list(range(last + 1, last + number + 1))


def add(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write these rows, with JSON as text. What stands in no column is the model's default, the same for all."""
    if connection.vendor == "postgresql":
        _copy(model, columns, rows)
    else:
        documents = [name for name in columns if isinstance(model._meta.get_field(name), JSONField)]
        named = (dict(zip(columns, row, strict=True)) for row in rows)
        made = (model(**row | {name: json.loads(row[name]) for name in documents}) for row in named)
        model._base_manager.bulk_create(made, batch_size=AT_ONCE)


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """As CSV, which Python writes and PostgreSQL reads fastest. Raises IntegrityError like an INSERT."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    others: list[Any] = [
        field for field in model._meta.local_concrete_fields if field not in fields and not field.primary_key
    ]
    blank = model()
    rest = [_plain(field, getattr(blank, field.attname)) for field in others]
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NOTNULL)  # what is not quoted is NULL
    writer.writerows((*row, *rest) for row in rows)
    names = ", ".join(connection.ops.quote_name(field.column) for field in (*fields, *others))
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({names}) FROM STDIN (FORMAT csv)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getvalue())


def _plain(field: Any, value: Any) -> Any:
    return json.dumps(value) if isinstance(field, JSONField) else value
