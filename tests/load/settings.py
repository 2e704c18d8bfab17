"""Our site as it is measured: production's middleware, templates, cache and pool over plain http on this machine, and a
hasher that costs nothing, because the real one is measured apart.
"""

from config.settings.test import *

del SECURITY_POLICIES_KEPT, SECURITY_PORTAL_KEPT  # noqa: F821  (tests read them anew every time)
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
# Everybody comes from one network here.
SECURITY_BLOCK_FAILURES_A_MINUTE = SECURITY_BLOCK_ACCOUNTS_AN_HOUR = SECURITY_BLOCK_MAILS_AN_HOUR = 10**6
