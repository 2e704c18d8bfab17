"""A migration makes nobody wait, and leaves the release before it at work: the rules of docs/runbooks.md."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from security.gently import AddIndexGently, RemoveIndexGently
from security.models import Enrollment

# Whatever is older was there before the first site was.
FIRST = {"accounts": "0006", "security": "0013"}


def ours():
    loader = MigrationLoader(None)
    return [one for (app, name), one in sorted(loader.disk_migrations.items()) if name[:4] >= FIRST.get(app, "9999")]


def fits_old_code(field):
    """Whether a row can be written by code that has never heard of this column."""
    return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many


def changes_the_table(migration, operation):
    """Whether more is new of a field than its words and choices."""
    loader = MigrationLoader(None)
    before = [key for key in loader.graph.leaf_nodes() if key[0] != migration.app_label]
    names = sorted(name for app, name in loader.disk_migrations if app == migration.app_label)
    earlier = [name for name in names if name < migration.name]
    state = loader.project_state([*before, (migration.app_label, earlier[-1])])
    old = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
    return connection.schema_editor()._field_should_be_altered(named(old), named(operation.field))


def named(field):
    field = field.clone()
    field.set_attributes_from_name("field")
    return field


def complaint(migration, operation, made):
    """What is wrong with one step, or an empty string; `made` are the tables of this migration."""
    match operation:
        case AddIndexGently() | RemoveIndexGently():
            alone = all(isinstance(one, AddIndexGently | RemoveIndexGently) for one in migration.operations)
            return "" if alone and not migration.atomic else "is beside something else, or in a transaction"
        case migrations.CreateModel() | migrations.AlterModelOptions() | migrations.AlterModelManagers():
            return ""
        case migrations.AddIndex() | migrations.AddConstraint() if operation.model_name in made:
            return ""
        case migrations.AddField():
            return "" if fits_old_code(operation.field) else "is a column that old code leaves out"
        case migrations.AlterField() if not changes_the_table(migration, operation):
            return ""
    return "is not gentle"


def complaints(migration):
    made = {one.name_lower for one in migration.operations if isinstance(one, migrations.CreateModel)}
    found = [(str(operation), complaint(migration, operation, made)) for operation in migration.operations]
    return [f"{operation} {said}" for operation, said in found if said]


@pytest.mark.parametrize("migration", ours(), ids=str)
def test_every_migration_is_gentle(migration):
    assert complaints(migration) == []


INDEX = models.Index(fields=["name"], name="by_name")
HARSH = [
    migrations.RemoveField("enrollment", "name"),
    migrations.RenameField("enrollment", "name", "label"),
    migrations.DeleteModel("enrollment"),
    migrations.AlterField("enrollment", "name", models.CharField(max_length=10)),
    migrations.AddField("enrollment", "mood", models.CharField(max_length=10, default="calm")),
    migrations.AddIndex("enrollment", INDEX),
    AddIndexGently("enrollment", INDEX),
    migrations.RunPython(lambda apps, editor: None),
    migrations.RunSQL("SELECT 1"),
]
SOFT = [
    migrations.AddField("enrollment", "mood", models.CharField(max_length=10, null=True)),
    migrations.AddField("enrollment", "mood", models.BooleanField(default=False, db_default=False)),
    migrations.CreateModel("Mood", [("id", models.BigAutoField(primary_key=True))]),
]


def made_of(operation):
    return type("Migration", (migrations.Migration,), {"operations": [operation]})("0099_mood", "security")


@pytest.mark.parametrize("operation", HARSH, ids=lambda operation: type(operation).__name__)
def test_what_old_code_would_miss_or_people_would_wait_for_is_found(operation):
    assert complaints(made_of(operation))


@pytest.mark.parametrize("operation", SOFT, ids=lambda operation: type(operation).__name__)
def test_what_nobody_notices_is_fine(operation):
    assert complaints(made_of(operation)) == []


def test_an_index_is_built_again_where_the_first_try_was_stopped(transactional_db):
    """PostgreSQL leaves an index behind that is good for nothing; the next run begins with taking it away."""
    table, name = Enrollment._meta.db_table, "enrollment_by_name"
    operation = AddIndexGently("enrollment", models.Index(fields=["name"], name=name))
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("security", after)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {name} ON {table} (name)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("security", editor, before, after)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [name])
        assert cursor.fetchone() == (True,)
        cursor.execute(f"DROP INDEX {name}")
