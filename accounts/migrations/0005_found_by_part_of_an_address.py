"""An index over every three characters of an address, so that staff find one among a million by a part of it."""

from django.db import migrations

MAKE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS accounts_user_email_parts ON accounts_user USING gin (UPPER(email) gin_trgm_ops);
"""


def make(apps, schema_editor):
    """Where the extension comes with the server; without it, staff search more slowly and see the same."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT installed_version IS NOT NULL OR has_database_privilege(current_database(), 'CREATE') "
            "FROM pg_available_extensions WHERE name = 'pg_trgm'"
        )
        found = cursor.fetchone()
    if found and found[0]:
        schema_editor.execute(MAKE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS accounts_user_email_parts")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_staff")]

    operations = [migrations.RunPython(make, drop)]
