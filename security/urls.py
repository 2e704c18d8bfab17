from django.urls import include, path

from security.views import page

app_name = "security"

urlpatterns = [
    path("", page.page, name="page"),
    path("reset/cancel/", page.cancel, name="cancel"),
    path("reset/", include("security.reset.urls")),
]
