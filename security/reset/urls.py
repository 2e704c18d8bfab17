from django.urls import path

from security.reset import views

app_name = "reset"

urlpatterns = [
    path("email/", views.email, name="email"),
    path("password/", views.password, name="password"),
    path("proof/", views.proof, name="proof"),
    path("proof/mail/", views.choose_mail, name="choose_mail"),
    path("notice/", views.notice, name="notice"),
    path("code/", views.code, name="code"),
    path("code/again/", views.send_new_code, name="send_new_code"),
    path("code/status/", views.code_status, name="code_status"),
    path("verified/", views.verified, name="verified"),
    path("app/", views.app, name="app"),
    path("scan/", views.scan, name="scan"),
    path("confirm/", views.confirm, name="confirm"),
]
