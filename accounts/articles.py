"""The help articles: what there is, when each was last changed, and which ones belong together."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = object


@dataclass(frozen=True, slots=True)
class Article:
    """One page of help; its text is the template of the same name."""

    slug: str
    title: StrOrPromise
    summary: StrOrPromise
    updated: date

    @property
    def related(self) -> list["Article"]:
        """The others."""
        return [article for article in ARTICLES if article is not self]


ARTICLES = (
    Article(
        "enroll-a-new-device",
        _("How do I move my sign-in codes to a new device?"),
        _("A new phone, or the old one is lost: nine short steps."),
        date(2026, 11, 24),
    ),
    Article(
        "set-up-mfa",
        _("How do I set up and use Enhanced Security?"),
        _("What it is, how to turn it on, and what to save for a bad day."),
        date(2026, 11, 24),
    ),
    Article(
        "why-not-prompted",
        _("Why am I not asked for a code every time?"),
        _("Trusted browsers, and when we ask all the same."),
        date(2026, 11, 24),
    ),
)


def find(slug: str) -> Article | None:
    """The article of this name."""
    return next((article for article in ARTICLES if article.slug == slug), None)
