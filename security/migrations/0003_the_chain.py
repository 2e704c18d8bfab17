"""Chains the events there are, and lets PostgreSQL refuse every change of one (ASVS 16.4.2)."""

from itertools import islice

from django.db import migrations

from security import chain

AT_ONCE = 500
REFUSE = """
CREATE FUNCTION security_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Events are added, never changed or deleted.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER security_event_stays BEFORE UPDATE OR DELETE ON security_event
    FOR EACH ROW EXECUTE FUNCTION security_event_stays();
"""
ALLOW = "DROP TRIGGER security_event_stays ON security_event; DROP FUNCTION security_event_stays();"


def chain_what_there_is(apps, schema_editor):
    """Events of before get their places in the order in which they were written."""
    events, profiles = apps.get_model("security", "Event").objects, apps.get_model("security", "SecurityProfile").objects
    people = events.exclude(person=None).order_by("person").values_list("person", flat=True).distinct()
    for person_id in list(people):
        profile, _ = profiles.get_or_create(person_id=person_id)
        rows = events.filter(person_id=person_id).order_by("pk").iterator()
        while some := list(islice(rows, AT_ONCE)):
            for event in some:
                chain.link(event, profile)
            events.bulk_update(some, ["position", "mac"])
        profile.save(update_fields=["chain_length", "chain_head"])


def run_on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):
    dependencies = [("security", "0002_every_way_in")]

    operations = [
        migrations.RunPython(chain_what_there_is, migrations.RunPython.noop),
        migrations.RunPython(run_on_postgresql(REFUSE), run_on_postgresql(ALLOW)),
    ]
