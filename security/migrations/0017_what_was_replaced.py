"""What a person's state says of what need not be looked for: former addresses, other attempts, wrong answers, other
ways. Accounts that are there already get what has everything looked for.
"""

from django.db import migrations, models
from django.db.models.functions import Now

MOMENT = models.DateTimeField(null=True, default=None, db_default=Now())


class Migration(migrations.Migration):
    dependencies = [("security", "0016_mail_that_was_refused")]
    operations = [
        migrations.AddField("securityprofile", "address_replaced_at", MOMENT),
        migrations.AddField("securityprofile", "last_reset_at", MOMENT.clone()),
        migrations.AddField("securityprofile", "last_wrong_at", MOMENT.clone()),
        migrations.AddField("securityprofile", "has_other_ways", models.BooleanField(default=True, db_default=True)),
    ]
