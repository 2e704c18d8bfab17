from django.urls import path

from accounts.views import addresses, help, home, invitation, password, personal_info, portal, sign_in, support

app_name = "accounts"

urlpatterns = [
    path("", home.root, name="root"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/password/", sign_in.password, name="sign_in_password"),
    path("sign-in/code/", sign_in.code, name="sign_in_code"),
    path("sign-in/recovery-code/", sign_in.recovery_code, name="sign_in_recovery_code"),
    path("sign-in/code/new-device/", sign_in.new_device, name="sign_in_new_device"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("account/", home.home, name="home"),
    path("account/personal-info/", personal_info.page, name="personal_info"),
    path("account/personal-info/time-zone/", personal_info.time_zone, name="time_zone"),
    path("security/email/", addresses.email, name="email"),
    path("security/email/recovery/", addresses.recovery, name="email_recovery"),
    path("security/email/recovery/remove/", addresses.remove_recovery, name="email_recovery_remove"),
    path("security/email/code/", addresses.code, name="email_code"),
    path("security/email/code/again/", addresses.send_new_code, name="email_code_again"),
    path("security/email/code/status/", addresses.code_status, name="email_code_status"),
    path("security/email/cancel/", addresses.cancel, name="email_cancel"),
    path("security/email/done/", addresses.done, name="email_done"),
    path("forgot-password/", password.forgot_password, name="forgot_password"),
    path("forgot-password/<str:token>/", password.new_password, name="new_password"),
    path("security/password/", password.password, name="password"),
    path(".well-known/change-password", password.well_known, name="well_known_password"),
    path("help/", help.index, name="help"),
    path("help/ask-support/", support.ask, name="ask_support"),
    path("help/<slug:slug>/", help.article, name="article"),
    path("language/", portal.language, name="language"),
    path("announcements/<str:public_id>/close/", portal.close_announcement, name="close_announcement"),
]
