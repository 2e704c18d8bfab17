"""When something was replaced is kept with the person's state: former addresses and other attempts are looked for where
there are some.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("security", "0016_mail_that_was_refused")]
    operations = [
        migrations.AddField("securityprofile", "address_replaced_at", models.DateTimeField(null=True)),
        migrations.AddField("securityprofile", "last_reset_at", models.DateTimeField(null=True)),
    ]
