from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from security import checks, roles  # noqa: F401  (the checks register themselves)

        post_migrate.connect(roles.make, sender=self, dispatch_uid="roles of staff")
