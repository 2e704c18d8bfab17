from django.urls import include, path

from security.views import (
    activity,
    browsers,
    devices,
    held,
    link,
    page,
    recovery_codes,
    sessions,
    step_up,
    undo,
)

app_name = "security"

urlpatterns = [
    path("", page.page, name="page"),
    path("step-up/", step_up.page, name="step_up"),
    path("undo/<str:token>/", undo.undo, name="undo"),
    path("devices/<str:public_id>/", devices.device, name="device"),
    path("devices/<str:public_id>/remove/", devices.remove, name="device_remove"),
    path("recovery-codes/", recovery_codes.page, name="recovery_codes"),
    path("recovery-codes/download/", recovery_codes.download, name="recovery_codes_download"),
    path("recovery-codes/rehearse/", recovery_codes.rehearse, name="recovery_codes_rehearse"),
    path("browsers/", browsers.page, name="browsers"),
    path("browsers/end/", browsers.end_all, name="browsers_end"),
    path("browsers/<str:public_id>/end/", browsers.end, name="browser_end"),
    path("sessions/", sessions.page, name="sessions"),
    path("sessions/end/", sessions.end_others, name="sessions_end"),
    path("sessions/extend/", sessions.extend, name="session_extend"),
    path("sessions/<str:public_id>/end/", sessions.end, name="session_end"),
    path("activity/", activity.page, name="activity"),
    path("reset/cancel/", page.cancel, name="cancel"),
    path("reset/held/", held.page, name="held"),
    path("reset/link/<str:token>/", link.page, name="link"),
    path("reset/", include("security.reset.urls")),
]
