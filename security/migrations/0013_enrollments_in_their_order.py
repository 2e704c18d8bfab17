"""The latest attempt of a browser is the one with the highest id, whatever the clock said when it began."""

from django.db import migrations, models

from security.gently import AddIndexGently, RemoveIndexGently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("security", "0012_urgent_mail")]
    operations = [
        AddIndexGently("enrollment", models.Index(fields=["session", "-id"], name="enrollments_of_session")),
        RemoveIndexGently("enrollment", "enrollment_of_session"),
    ]
