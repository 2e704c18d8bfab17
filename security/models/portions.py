"""Many rows, some at a time: what is done to millions holds no lock for long, and waits for nobody meanwhile."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection, models

AT_ONCE = 500


def portions(rows: models.QuerySet[Any]) -> Iterator[list[int]]:
    """The keys of these rows in their order, some at a time. What the caller does to a portion changes no later one."""
    after = 0
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield keys
        after = keys[-1]


def hold(model: type[models.Model], keys: list[int]) -> list[int]:
    """Lock these rows until the caller's transaction ends, and say which. One that somebody else holds is left out:
    whoever waits while holding others may be waited for.
    """
    rows = model._base_manager.filter(pk__in=keys).order_by("pk")
    return list(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))


def write(model: type[models.Model], column: str, values: Mapping[int, str]) -> None:
    """Give this column of each of these rows, by key, its own value: one statement, however many they are."""
    if not values:
        return
    name, meta = connection.ops.quote_name, model._meta
    pairs = ", ".join(["(CAST(%s AS bigint), %s)"] * len(values))
    statement = (
        f"UPDATE {name(meta.db_table)} SET {name(column)} = pairs.column2 FROM (VALUES {pairs}) AS pairs"  # noqa: S608
        f" WHERE {name(meta.db_table)}.{name(str(meta.pk.column))} = pairs.column1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [part for pair in values.items() for part in pair])
