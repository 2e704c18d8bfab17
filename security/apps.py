from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from security import checks, models, roles, rules  # noqa: F401  (the checks register themselves)

        for signal in (post_save, post_delete):
            signal.connect(rules.forget, sender=models.GroupPolicy, dispatch_uid="policies are read anew")
        post_migrate.connect(roles.make, sender=self, dispatch_uid="roles of staff")
