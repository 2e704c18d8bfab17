"""Every address of the site. Who may open which is held by tests/test_doors.py."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("security/", include("security.urls")),
]

handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler500 = "accounts.views.errors.server_error"
