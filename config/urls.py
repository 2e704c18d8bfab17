"""Every address of the site. Who may open which is held by tests/test_doors.py."""

from django.urls import include, path

from accounts.admin import around, people  # noqa: F401  (they register themselves)
from config import contact, health
from security.admin import help, policies, record  # noqa: F401
from security.admin.site import site
from security.views.passkeys import well_known

urlpatterns = [
    path("security/", include("security.urls")),
    path(".well-known/passkey-endpoints", well_known, name="well_known_passkeys"),
    path(".well-known/security.txt", contact.security_txt, name="security_txt"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", site.urls),
    path("", include("accounts.urls")),  # at last: every address is looked for in it
]

handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler500 = "accounts.views.errors.server_error"
