"""What staff put into the portal: links to products, and announcements. Each has its words once a language."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import crypto


def validate_link(link: str) -> None:
    """A page of this site ("/help/…") or an address of another one; nothing that a browser would run."""
    is_ours = link.startswith("/") and not link.startswith(("//", "/\\"))
    if not (is_ours or link.startswith(("https://", "http://"))) or not link.isprintable() or " " in link:
        raise ValidationError(_("Type a path of this site, or an address that begins with https://."), code="link")


class Place(models.TextChoices):
    """Where a link stands."""

    MENU = "menu", _("Menu")
    HELP = "help", _("Need help?")
    FOOTER = "footer", _("Footer")


class PortalLink(models.Model):
    """A link to one of the company's other pages, such as the cases or the bills of the person."""

    place = models.CharField(_("place"), max_length=10, choices=Place)
    link = models.CharField(_("link"), max_length=500, validators=[validate_link])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_shown = models.BooleanField(_("shown"), default=True)

    class Meta:
        verbose_name = _("link of the portal")
        verbose_name_plural = _("links of the portal")
        ordering = ("place", "position", "pk")

    def __str__(self) -> str:
        return f"{self.place}: {self.link}"


class Severity(models.TextChoices):
    """How loud an announcement is."""

    NEWS = "news", _("News")
    WARNING = "warning", _("Warning")
    OUTAGE = "outage", _("Outage")


class Announcement(models.Model):
    """Something that everybody is told at the top of every page, for a while."""

    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id, editable=False)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.NEWS)
    starts_at = models.DateTimeField(_("shown from"), default=timezone.now)
    ends_at = models.DateTimeField(_("shown until"), null=True, blank=True)
    link = models.CharField(_("link"), max_length=500, blank=True, validators=[validate_link])
    is_dismissible = models.BooleanField(_("people may close it"), default=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ("-starts_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="an_announcement_ends_after_it_starts",
                violation_error_message=_("It has to end after it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.severity} from {self.starts_at:%Y-%m-%d %H:%M}"


def languages() -> list[tuple[str, str]]:
    """Those that this site speaks."""
    return list(settings.LANGUAGES)


class Words(models.Model):
    """The words of something in one language; where one is missing, people read the site's own language."""

    language = models.CharField(_("language"), max_length=10, choices=languages)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.language


class PortalLinkText(Words):
    link = models.ForeignKey(PortalLink, on_delete=models.CASCADE, related_name="texts")
    text = models.CharField(_("words"), max_length=60)

    class Meta:
        verbose_name = _("words of the link")
        verbose_name_plural = _("words of the link")
        constraints = [models.UniqueConstraint(fields=["link", "language"], name="one_text_a_link_and_language")]


class AnnouncementText(Words):
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="texts")
    title = models.CharField(_("title"), max_length=120)
    body = models.CharField(_("text"), max_length=500, blank=True)
    link_text = models.CharField(_("words of the link"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("words of the announcement")
        verbose_name_plural = _("words of the announcement")
        constraints = [
            models.UniqueConstraint(fields=["announcement", "language"], name="one_text_an_announcement_and_language")
        ]
