"""When an address was replaced is kept with the person's state, so that alerts look for former ones where there are some."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("security", "0016_mail_that_was_refused")]
    operations = [
        migrations.AddField("securityprofile", "address_replaced_at", models.DateTimeField(null=True)),
    ]
