"""What the database holds, for tests that compare before and after, or look for what must not be there."""

from django.apps import apps
from django.db import connection

OURS = ("accounts", "security")


def everything(*, but: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours; `but` names columns that may change (`Model.column`)."""
    tables = {}
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        columns = [
            field.attname for field in model._meta.concrete_fields if f"{model.__name__}.{field.attname}" not in but
        ]
        tables[model.__name__] = list(model._base_manager.order_by("pk").values_list(*columns))
    return tables


def text_of_the_database() -> str:
    """Every value of every column of every table, as text."""
    values: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            values += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(values)
