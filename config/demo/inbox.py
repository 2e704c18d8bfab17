"""The demo's mail server: what is sent lands in its own database."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        from config.demo.models import Mail  # settings name this module before the apps are there

        for message in email_messages:
            parts: Any = getattr(message, "alternatives", [])
            html = next((part.content for part in parts if part.mimetype == "text/html"), "")
            Mail.objects.create(to=message.to, subject=str(message.subject), text=str(message.body), html=html)
        return len(email_messages)
