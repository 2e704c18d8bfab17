"""The site's addresses and the demo's."""

from django.urls import include, path

from config.demo import views
from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

demo_patterns = [
    path("", views.page, name="page"),
    path("state.json", views.state, name="state"),
    path("mail/<int:pk>/", views.html_mail, name="html_mail"),
]

urlpatterns = [*urlpatterns, path("demo/", include((demo_patterns, "demo")))]
