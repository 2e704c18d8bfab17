"""That mail was refused for good is kept with the person's state, which is read anyway, instead of being looked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("security", "0015_cases_in_their_order")]
    operations = [
        migrations.AddField("securityprofile", "mail_refused_at", models.DateTimeField(null=True)),
    ]
