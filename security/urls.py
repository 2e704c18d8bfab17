from django.urls import include, path

from security.views import activity, held, link, page, recovery_codes, step_up, unbuilt, undo

app_name = "security"

urlpatterns = [
    path("", page.page, name="page"),
    path("step-up/", step_up.page, name="step_up"),
    path("undo/<str:token>/", undo.undo, name="undo"),
    path("devices/<str:public_id>/", unbuilt.page, name="device"),
    path("recovery-codes/", recovery_codes.page, name="recovery_codes"),
    path("recovery-codes/download/", recovery_codes.download, name="recovery_codes_download"),
    path("recovery-codes/rehearse/", recovery_codes.rehearse, name="recovery_codes_rehearse"),
    path("browsers/", unbuilt.page, name="browsers"),
    path("sessions/", unbuilt.page, name="sessions"),
    path("activity/", activity.page, name="activity"),
    path("reset/cancel/", page.cancel, name="cancel"),
    path("reset/held/", held.page, name="held"),
    path("reset/link/<str:token>/", link.page, name="link"),
    path("reset/", include("security.reset.urls")),
]
