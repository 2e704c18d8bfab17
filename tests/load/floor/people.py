"""`python -m tests.load.floor.people N`: the floor's tables, and N people with a device each."""

import sys

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.load.floor import PASSWORD, SECRET  # noqa: E402
from tests.load.floor.models import Device  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
for number in range(int(sys.argv[1])):
    user = User.objects.create_user(f"bench{number}@example.com", password=PASSWORD)
    Device.objects.create(user=user, name="Old phone", secret=SECRET)
