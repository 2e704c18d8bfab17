"""Our site as it is measured: production's middleware, templates, cache and pool over plain http on this machine, and a
hasher that costs nothing, because the real one is measured apart.
"""

import sys

from config.settings.test import *

# Tests have Pillow and production has not, and qrcode loads whatever is there.
sys.modules["PIL"] = None  # type: ignore[assignment]

del SECURITY_POLICIES_KEPT, SECURITY_PORTAL_KEPT  # noqa: F821  (tests read them anew every time)
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
OTP_WEBAUTHN_RP_ID = "127.0.0.1"  # the name by which pages are asked for here: they offer passkeys, as in production
# Everybody comes from one network here.
SECURITY_BLOCK_FAILURES_A_MINUTE = SECURITY_BLOCK_ACCOUNTS_AN_HOUR = SECURITY_BLOCK_MAILS_AN_HOUR = 10**6
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.E001"]  # which knows that this is no number for a site
