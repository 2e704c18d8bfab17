"""The same addresses as ours, where the journey goes."""

from django.urls import path

from tests.load.floor import views

urlpatterns = [
    path("sign-in/", views.sign_in),
    path("sign-in/password/", views.password),
    path("sign-in/code/", views.code),
    path("security/", views.security),
    path("security/reset/<str:screen>/", views.reset),
    path("security/reset/<str:screen>/mail/", views.reset),
]
