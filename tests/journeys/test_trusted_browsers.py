"""Stories of a browser that somebody trusts: what its sessions open, and what they ask for."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from security.models import Authenticator, Enrollment, KnownBrowser, Session, TrustedBrowser
from security.models.enrollment import Comfort
from tests.people import SCREENS
from tests.trust import CHROME, sign_in_and_trust, token_of, with_token

DAY = 86400
OPEN_TO_ONE_FACTOR = ("/security/reset/", "/security/step-up/", "/security/undo/", "/security/sessions/extend/")


@pytest.fixture
def trusting(owner, clock):
    """The owner a day after they trusted this browser, signed in again with the password alone."""
    sign_in_and_trust(owner)
    owner.post("/sign-out/")
    clock.forward(DAY)
    assert owner.give_password().url == "/account/"
    return owner


def security_pages():
    """Every address under /security/, with something in the place of its argument."""

    def walk(resolver: URLResolver, prefix: str) -> list[str]:
        found = []
        for pattern in resolver.url_patterns:
            path = prefix + re.sub(r"<[^>]*>", "0123456789abcdef01234567", str(pattern.pattern))
            found += [path] if isinstance(pattern, URLPattern) else walk(pattern, path)
        return found

    return [path for path in walk(get_resolver(), "/") if path.startswith("/security/")]


def is_asked_at(answer):
    return answer.status_code == 302 and urlsplit(answer.url).path == "/security/step-up/"


def test_next_day_the_password_opens_the_account_and_a_code_the_security_pages(trusting):
    assert trusting.get("/account/").status_code == 200
    answer = trusting.get("/security/")
    assert is_asked_at(answer)
    assert parse_qs(urlsplit(answer.url).query) == {"next": ["/security/"]}
    page = trusting.get(answer.url).content.decode()
    assert "this browser is trusted" in page
    assert "We ask for a code." in page
    proven = trusting.post(answer.url, code=trusting.phone.code())
    assert proven.url == "/security/"
    assert trusting.get("/security/").status_code == 200
    assert Session.objects.get(person=trusting.user).second_factor == "authenticator"


def test_every_page_but_the_journey_asks_for_it(trusting):
    pages = security_pages()
    assert len(pages) > 15
    for path in pages:
        if not path.startswith(OPEN_TO_ONE_FACTOR):
            answer = trusting.get(path, follow=True)
            if answer.status_code == 405:  # it answers scripts, which are refused
                answer = trusting.post(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "gate"), path
                continue
            assert answer.request["PATH_INFO"] == "/security/step-up/", path


def test_a_press_of_a_button_there_does_nothing_either(trusting):
    [browser] = TrustedBrowser.objects.all()
    device = Authenticator.objects.get()
    for path in (
        "/security/browsers/end/",
        f"/security/browsers/{browser.public_id}/end/",
        "/security/sessions/end/",
        f"/security/sessions/{Session.objects.get(person=trusting.user).public_id}/end/",
        f"/security/devices/{device.public_id}/",
        f"/security/devices/{device.public_id}/remove/",
    ):
        assert is_asked_at(trusting.post(path, name="Mine now")), path
    assert TrustedBrowser.objects.live().count() == 1
    assert Authenticator.objects.get().name == "Old phone"


def test_whoever_cannot_prove_it_finds_the_way_on_and_the_way_back(trusting):
    page = trusting.get("/security/step-up/").content.decode()
    assert re.search(r'href="/security/reset/email/">Reset for a new device<', page)
    assert re.search(r'href="/">Cancel<', page)


def walk_by_mail(someone):
    someone.walk_to("scan")
    someone.answer_right("scan")
    return someone.answer_right("confirm")


def test_a_new_device_by_mail_from_a_browser_that_is_merely_trusted_has_to_wait(trusting):
    """Such a session has not proven a second factor, and the browser is not known yet: row 4b."""
    assert walk_by_mail(trusting).url == "/security/reset/held/"
    [enrollment] = Enrollment.objects.all()
    assert enrollment.comfort == Comfort.NONE
    assert (enrollment.ripens_at - enrollment.held_at).total_seconds() == settings.SECURITY_HOLD_RISK  # one address
    assert Authenticator.objects.get().confirmed


def test_in_a_browser_that_is_known_as_well_it_need_not(trusting, clock):
    clock.forward(7 * DAY)
    assert trusting.give_password().url == "/account/"
    assert walk_by_mail(trusting).url == "/security/"
    assert Enrollment.objects.get().comfort == Comfort.KNOWN


def test_nor_after_a_code(trusting):
    trusting.post("/security/step-up/", code=trusting.phone.code())
    assert walk_by_mail(trusting).url == "/security/"
    assert Enrollment.objects.get().comfort == Comfort.SESSION


def test_every_screen_of_the_journey_is_open_to_it(trusting):
    for name in SCREENS[1:]:
        trusting.walk_to(name)
        assert trusting.screen(name).status_code == 200
    assert trusting.screen("email").status_code == 200


def test_trust_alone_cancels_no_new_device_that_waits(trusting, clock):
    """Whoever has the password and this browser must not undo what the mailbox and a day's wait are for."""
    walk_by_mail(trusting)
    answer = trusting.post("/security/reset/cancel/")
    assert is_asked_at(answer)
    assert Enrollment.objects.waiting().exists()
    proven = trusting.post(answer.url, code=trusting.phone.code())
    assert trusting.get(proven.url).url == "/security/"
    assert "Waiting" in trusting.get("/security/").content.decode()
    assert trusting.post("/security/reset/cancel/").url == "/security/"
    assert not Enrollment.objects.waiting().exists()


def test_but_what_was_begun_here_and_does_not_wait(trusting):
    trusting.walk_to("code")
    assert trusting.post("/security/reset/cancel/").url == "/security/"
    assert Enrollment.objects.get().ended_at


def test_a_swap_here_proves_it_and_the_receipt_is_shown(trusting, clock):
    trusting.walk_to("done", "old code")
    page = trusting.get("/security/").content.decode()
    assert "Your new device works" in page
    assert not TrustedBrowser.objects.of(trusting.user).live().exists()


def test_a_browser_is_known_by_a_code_and_not_by_trust(owner, clock):
    owner.sign_in()
    known = KnownBrowser.objects.get()
    clock.forward(DAY)
    owner.post("/sign-out/")
    sign_in_and_trust(owner)
    owner.post("/sign-out/")
    clock.forward(DAY)
    owner.give_password()
    assert list(KnownBrowser.objects.values_list("pk", "made_at")) == [(known.pk, known.made_at)]


def test_the_browser_that_was_trusted_and_copied(trusting, clock):
    """A thief with the password and an old backup of the browser: asked, and the owner reads of it where they look."""
    trusting.post("/sign-out/")
    stolen = TrustedBrowser.objects.get()
    copy = token_of(trusting)
    for _ in range(2):
        clock.forward(DAY)
        assert trusting.give_password().url == "/account/"
        trusting.post("/sign-out/")
    thief = with_token(trusting, copy)
    assert thief.give_password().url == "/sign-in/code/"
    stolen.refresh_from_db()
    assert stolen.revoked_at
    assert trusting.give_password().url == "/sign-in/code/"  # and with the code, and the tick, it is trusted again
    trusting.post("/sign-in/code/", code=trusting.phone.code(), trust_browser="on")
    page = trusting.get("/security/browsers/").content.decode()
    assert "1 browser is trusted" in page


def test_the_same_session_in_another_browser_is_asked(owner, clock):
    """SE19: a cookie that turns up in a browser of another family has to prove it again, there."""
    owner.sign_in()
    assert owner.get("/security/").status_code == 200
    agent = {"User-Agent": CHROME}
    answer = owner.get("/security/", headers=agent)
    assert is_asked_at(answer)
    assert is_asked_at(owner.get("/security/sessions/", headers=agent))
    assert owner.get("/account/", headers=agent).status_code == 200
    code = {"code": owner.phone.code(ahead=1)}
    assert owner.client.post(answer.url, code, headers=agent).url == "/security/"
    assert owner.get("/security/", headers=agent).status_code == 200
    assert is_asked_at(owner.get("/security/"))
    passed = owner.user.events.get(kind="step_up.passed")
    assert passed.detail["browser_before"] == "Firefox (Linux)"
    assert passed.browser == "Chrome (Linux)"


def test_the_receipt_counts_the_browsers_that_are_no_longer_trusted(owner, clock):
    sign_in_and_trust(owner.elsewhere())
    clock.forward(31)
    owner.sign_in().walk_to("done", "code")
    assert "1 trusted browser is asked for a code again." in owner.get("/security/").content.decode()
