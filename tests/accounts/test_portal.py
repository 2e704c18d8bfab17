"""What staff put around every page: links and announcements, in the words of whoever looks, while they last."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts import portal
from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from accounts.models.portal import Place, Severity, validate_link

pytestmark = pytest.mark.django_db


def link(place=Place.MENU, to="https://example.com/cases", position=0, **words):
    row = PortalLink.objects.create(place=place, link=to, position=position)
    for language, text in (words or {"en": "My Cases"}).items():
        PortalLinkText.objects.create(link=row, language=language, text=text)
    portal.forget()
    return row


def tell(title="Sign-in is slow.", language="en", body="We are on it.", link_text="", **columns):
    row = Announcement.objects.create(**columns)
    AnnouncementText.objects.create(announcement=row, language=language, title=title, body=body, link_text=link_text)
    portal.forget()
    return row


def home(someone, language=""):
    headers = {"Accept-Language": language} if language else {}
    return someone.client.get("/account/", headers=headers).content.decode()


# Links.


def test_links_stand_in_the_menu_and_in_the_navigation_in_their_order(owner):
    link(to="https://example.com/billing", position=2, en="Billing Center")
    link(position=1)
    page = home(owner.sign_in())
    assert page.count('href="https://example.com/cases"') == 2
    nav = page[page.index('class="nav"') :]
    assert nav.index("My Cases") < nav.index("Billing Center")


def test_a_link_of_the_footer_stands_on_every_page(client):
    link(Place.FOOTER, "https://example.com/terms", en="Terms of service")
    assert "Terms of service" in client.get("/sign-in/").content.decode()
    assert "My Cases" not in client.get("/sign-in/").content.decode()


def test_a_link_of_help_stands_in_the_articles(client):
    link(Place.HELP, "https://example.com/community", en="Ask the community")
    for path in ("/help/", "/help/set-up-mfa/"):
        assert "Ask the community" in client.get(path).content.decode()


def test_a_link_that_is_hidden_is_nowhere(owner):
    row = link()
    row.is_shown = False
    row.save()
    portal.forget()
    assert "My Cases" not in home(owner.sign_in())


@pytest.mark.parametrize(
    ("spoken", "words"), [("de", "Meine Anfragen"), ("de-CH", "Meine Anfragen"), ("fr", "My Cases"), ("en", "My Cases")]
)
def test_words_are_those_of_the_language_else_of_the_site(client, spoken, words):
    link(Place.FOOTER, de="Meine Anfragen", en="My Cases")
    assert words in client.get("/sign-in/", headers={"Accept-Language": spoken}).content.decode()


def test_words_of_another_language_than_is_spoken_say_which_it_is(client):
    link(Place.FOOTER, to="https://example.com/a", en="My Cases")
    link(Place.FOOTER, to="https://example.com/b", de="Meine Anfragen")
    tell()
    page = client.get("/sign-in/", headers={"Accept-Language": "de"}).content.decode()
    assert '<a href="https://example.com/a" lang="en">My Cases</a>' in page
    assert '<a href="https://example.com/b">Meine Anfragen</a>' in page
    assert '<span lang="en"><strong>Sign-in is slow.</strong>' in page


def test_words_in_one_language_are_better_than_none(client):
    link(Place.FOOTER, nl="Mijn aanvragen")
    assert "Mijn aanvragen" in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("good", ["/help/", "https://example.com/x?y=1", "http://status.example.com"])
def test_a_link_leads_to_this_site_or_another_one(good):
    validate_link(good)


@pytest.mark.parametrize(
    "bad",
    ["javascript:alert(1)", "//example.com", "/\\example.com", "data:text/html,x", "example.com", "https://a b", ""],
)
def test_and_nowhere_else(bad):
    with pytest.raises(ValidationError):
        validate_link(bad)


# Announcements.


def test_an_announcement_is_told_on_every_page_signed_in_or_not(owner, client):
    tell(severity=Severity.OUTAGE, link="https://status.example.com", link_text="Service status")
    for page in (client.get("/sign-in/").content.decode(), home(owner.sign_in())):
        assert "Sign-in is slow." in page
        assert "told-outage" in page
        assert '<a href="https://status.example.com">Service status</a>' in page


@pytest.mark.parametrize(
    ("starts", "ends", "is_told"),
    [(-60, None, True), (-60, 60, True), (60, None, False), (-120, -60, False), (60, 120, False)],
)
def test_it_is_told_from_its_start_to_its_end(client, clock, starts, ends, is_told):
    now = timezone.now()
    end = now + timedelta(minutes=ends) if ends else None
    tell(starts_at=now + timedelta(minutes=starts), ends_at=end)
    assert ("Sign-in is slow." in client.get("/sign-in/").content.decode()) is is_told


def test_it_starts_and_ends_by_itself_while_it_is_cached(client, clock):
    now = timezone.now()
    tell(starts_at=now + timedelta(seconds=10), ends_at=now + timedelta(seconds=30))
    seen = []
    for _ in range(5):
        seen.append("Sign-in is slow." in client.get("/sign-in/").content.decode())
        clock.forward(9)
    assert seen == [False, False, True, True, False]


def test_the_gravest_comes_first(client):
    tell("Something new.", severity=Severity.NEWS)
    tell("All is down.", severity=Severity.OUTAGE)
    tell("Soon.", severity=Severity.WARNING)
    page = client.get("/sign-in/").content.decode()
    assert page.index("All is down.") < page.index("Soon.") < page.index("Something new.")


def test_what_is_wrong_says_so_in_words_and_not_by_colour_alone(client):
    tell("All is down.", severity=Severity.OUTAGE)
    tell("Something new.", severity=Severity.NEWS)
    page = client.get("/sign-in/").content.decode()
    assert page.count('<span class="mark">Outage</span>') == 1
    assert 'class="mark">News' not in page


def test_a_link_without_words_is_the_title(client):
    tell("All is down.", link="https://status.example.com")
    assert (
        '<a href="https://status.example.com"><strong>All is down.</strong></a>'
        in client.get("/sign-in/").content.decode()
    )


def test_nothing_ends_before_it_starts():
    with pytest.raises(IntegrityError):
        Announcement.objects.create(ends_at=timezone.now() - timedelta(days=1))


def test_words_are_text_and_never_markup(client):
    tell("<script>alert(1)</script>", body="<img src=x>")
    page = client.get("/sign-in/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


# Closing.


def close(someone, row, **more):
    return someone.post(f"/announcements/{row.public_id}/close/", next="/security/", **more)


def test_whoever_closes_it_sees_it_no_more_and_everybody_else_does(owner, stranger):
    row = tell()
    other = tell("Another one.")
    owner.sign_in()
    assert close(owner, row).url == "/security/"
    assert "Sign-in is slow." not in home(owner)
    assert "Another one." in home(owner)
    assert "Sign-in is slow." in home(stranger.sign_in())
    close(owner, other)
    owner.user.refresh_from_db()
    assert owner.user.closed_announcements == [row.public_id, other.public_id]


def test_what_nobody_may_close_stays(owner):
    row = tell(is_dismissible=False)
    owner.sign_in()
    assert f"/announcements/{row.public_id}/close/" not in home(owner)
    close(owner, row)
    assert "Sign-in is slow." in home(owner)


def test_a_visitor_has_no_button(client):
    row = tell()
    assert row.public_id not in client.get("/sign-in/").content.decode()
    assert client.post(f"/announcements/{row.public_id}/close/").url.startswith("/sign-in/")


@pytest.mark.parametrize("made_up", ["0" * 24, "x", "%00"])
def test_what_is_not_there_closes_nothing(owner, made_up):
    owner.sign_in()
    assert owner.post(f"/announcements/{made_up}/close/").url == "/account/"
    owner.user.refresh_from_db()
    assert owner.user.closed_announcements == []


def test_what_is_over_is_forgotten_when_the_next_one_is_closed(owner, clock):
    old = tell(ends_at=timezone.now() + timedelta(hours=1))
    owner.sign_in()
    close(owner, old)
    clock.forward(hours=2)
    new = tell("Another one.", starts_at=timezone.now())
    owner.elsewhere()
    owner.client.cookies.clear()
    owner.sign_in(ahead=1)
    close(owner, new)
    owner.user.refresh_from_db()
    assert owner.user.closed_announcements == [new.public_id]
