"""Every page and every mail in every language: no English left over, nothing that was not filled in."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.models import User
from security import outbox
from security.models import OutboxMessage
from security.notices import NOTICES
from security.refusals import Reason, Refusal
from tests.browser.tour import SIGHTS, Sight, address
from tests.security.notified import happened, with_addresses
from tools import messages

pytestmark = pytest.mark.django_db
OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
TWO_WORDS = re.compile(r"[^\W\d_]{3,}[^\w@.]+(?:[^\W\d_]{1,2}[^\w@.]+)*[^\W\d_]{3,}")
# What is the same everywhere: names of browsers, apps and people, and what staff wrote in English only.
SAME = re.compile(
    r"\S+@\S+|Firefox \(Linux\)|Chrome \(\w+\)|Mobile Safari \(iOS\)|Robin Owner|Google Play|App Store|Old phone|"
    r"New phone|iCloud Keychain|\w+ Authenticator|My Account|^UTC|My Cases|Terms of service|Community|"
    r"Sign-in is slower.*|We are on it.*|Service status|Something new\."
)


class Texts(HTMLParser):
    """What a page says, piece by piece, with the words for those who do not see it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skips = 0

    def handle_starttag(self, tag, attrs):
        self.skips += tag in ("script", "style", "select")
        said = dict(attrs)
        self.found += [said[name] for name in ("aria-label", "alt", "placeholder", "title") if said.get(name)]

    def handle_endtag(self, tag):
        self.skips -= tag in ("script", "style", "select")

    def handle_data(self, data):
        if not self.skips and data.strip():
            self.found.append(" ".join(data.split()))


def texts_of(html: str) -> list[str]:
    parser = Texts()
    parser.feed(html)
    return parser.found


def left_over(english: list[str], other: list[str]) -> list[str]:
    """Sentences that say the same in both."""
    same = set(english) & set(other)
    return sorted(text for text in same if TWO_WORDS.search(SAME.sub("", text)))


def seen_in(language: str, sight: Sight, visitor) -> str:
    User.objects.filter(pk=visitor.user.pk).update(language=language)
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return visitor.get(address(sight, visitor)).content.decode()


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_no_page_has_english_left_over(sight: Sight):
    visitor = sight.visitor()
    english = texts_of(seen_in("en", sight, visitor))
    for language in OTHERS:
        page = seen_in(language, sight, visitor)
        assert f'<html lang="{language}"' in page
        assert len(page.encode()) <= 20_000, language
        assert left_over(english, texts_of(page)) == [], language
        assert not re.search(r"%\(\w+\)|\{\{|%s", re.sub(r'data-words="[^"]*"', "", page)), language


@pytest.mark.parametrize("kind", list(NOTICES))
def test_no_mail_has_english_left_over(owner, clock, kind):
    happened(with_addresses(owner), kind, clock)
    for message in OutboxMessage.objects.exclude(person=None):
        english = written(message, "en")
        for language in OTHERS:
            subject, *parts = written(message, language)
            assert left_over(english, [subject, *parts]) == [], language
            assert not re.search(r"%\(\w+\)|\{\{", "".join(parts)), language


def written(message: OutboxMessage, language: str) -> list[str]:
    """Subject and lines of a mail in this language, of both parts."""
    User.objects.filter(pk=message.person_id).update(language=language)
    letter = outbox._compose(OutboxMessage.objects.get(pk=message.pk))
    assert letter.extra_headers["Content-Language"] == language
    text = [" ".join(line.split()) for line in letter.body.splitlines()]
    return [letter.subject, *text, *texts_of(letter.alternatives[0].content)]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "password",
    [
        "short",
        "owner@example.com",
        "aaaaaaaaaaaaaaa",
        "correct horse",
        "My Account My Account",
        "1q2w3e4r5t6y7u8i9o0p",
        "qwertyuiop1234567890",
    ],
)
def test_what_is_wrong_with_a_password_is_said_in_their_language(owner, language, password):
    def said(code: str) -> list[str]:
        with translation.override(code), pytest.raises(ValidationError) as refused:
            validate_password(password, owner.user)
        return refused.value.messages

    assert left_over(said("en"), said(language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_rule_of_a_password_is_told_in_their_language(language):
    with translation.override("en"):
        english = password_validators_help_texts()
    with translation.override(language):
        assert left_over(english, password_validators_help_texts()) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_is_worded_in_their_language(language, clock):
    for reason in Reason:
        refusal = Refusal(reason, until=timezone.now() + timedelta(hours=5), left=2, minutes=3)
        with translation.override("en"):
            english = str(refusal)
        with translation.override(language):
            assert left_over([english], [str(refusal)]) == [], reason


def test_the_catalogues_are_those_of_the_languages_that_are_offered():
    assert set(messages.LANGUAGES) == set(OTHERS)


def test_a_month_is_written_as_its_language_does():
    day = date(2026, 5, 3)
    written_as = {}
    for language in ("en", *OTHERS):
        with translation.override(language):
            written_as[language] = date_format(day, "DATE_FORMAT")
    assert written_as == {
        "en": "3 May 2026",
        "fr": "3 mai 2026",
        "it": "3 maggio 2026",
        "de": "3. Mai 2026",
        "es": "3 de mayo de 2026",
        "pt": "3 de maio de 2026",
        "nl": "3 mei 2026",
    }
