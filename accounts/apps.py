from typing import Any

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and portal")

    def ready(self) -> None:
        from accounts import models, portal

        def forget(**kwargs: Any) -> None:
            transaction.on_commit(portal.forget, robust=True)

        for model in (models.PortalLink, models.PortalLinkText, models.Announcement, models.AnnouncementText):
            for signal in (post_save, post_delete):
                signal.connect(forget, sender=model, weak=False, dispatch_uid=f"portal {model.__name__}")
