"""Staff see the open cases first: read in that order, not sorted."""

from django.db import migrations, models
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from security.gently import AddIndexGently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("security", "0014_a_restored_backup")]
    operations = [
        AddIndexGently(
            "supportcase",
            models.Index(
                ExpressionWrapper(Q(closed_at__isnull=False), output_field=BooleanField()),
                F("closed_at").asc(),
                F("opened_at").desc(),
                F("id").desc(),
                condition=Q(person__isnull=False),
                name="cases_open_ones_first",
            ),
        ),
    ]
