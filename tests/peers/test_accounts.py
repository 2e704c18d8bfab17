"""What broke elsewhere, S38 and S41 to S49: recovery codes, trusted browsers, sessions, addresses, enumeration."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from security import outbox
from security.models import RecoveryCode, Session, TrustedBrowser
from tests import people
from tests.people import PASSWORD, newest_code
from tests.races.together import at_once, post

CODE = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}\b")


def refused(answer) -> bool:
    return answer.status_code == 200 and 'role="alert"' in answer.content.decode()


def prove(someone, purpose):
    someone.post(f"/security/step-up/?for={purpose}", password=PASSWORD, code=someone.phone.code(ahead=1))


def make_codes(someone) -> list[str]:
    prove(someone, "recovery_codes")
    page = someone.post("/security/recovery-codes/").content.decode()
    return list(dict.fromkeys(CODE.findall(page)))


@pytest.mark.django_db(transaction=True)
def test_s41_thirty_parallel_uses_of_a_recovery_code_make_one_session():
    owner = people.make("owner@example.com")
    codes = make_codes(owner.sign_in())
    one, other = owner.elsewhere(), owner.elsewhere()
    one.give_password(), other.give_password()
    at_once(post(one, "/sign-in/recovery-code/", code=codes[1]), post(other, "/sign-in/recovery-code/", code=codes[2]))
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 2
    browsers = [owner.elsewhere() for _ in range(30)]
    for browser in browsers:
        browser.give_password()
    answers = at_once(*[post(browser, "/sign-in/recovery-code/", code=codes[0]) for browser in browsers])
    assert [answer.status_code for answer in answers].count(302) == 1
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 3


def test_s42_codes_are_made_by_post_with_a_fresh_proof_and_not_by_reloading(owner, clock):
    owner.sign_in()
    assert owner.post("/security/recovery-codes/").url.startswith("/security/step-up/")
    assert not RecoveryCode.objects.exists()
    codes = make_codes(owner)
    assert len(codes) == 10
    owner.get("/security/recovery-codes/")
    assert RecoveryCode.objects.count() == 10
    assert owner.post("/security/recovery-codes/").url.startswith("/security/step-up/")
    assert RecoveryCode.objects.count() == 10


def test_s43_codes_are_shown_once(owner, clock):
    owner.sign_in()
    codes = make_codes(owner)
    later = owner.get("/security/recovery-codes/").content.decode()
    assert not any(code in later or code[:9] in later for code in codes)


def trusting(someone):
    """A browser of this person that is trusted, and signed out."""
    browser = someone.elsewhere()
    browser.give_password()
    browser.post("/sign-in/code/", code=someone.phone.code(), trust_browser="on")
    browser.post("/sign-out/")
    return browser


def is_asked_for_a_code(browser) -> bool:
    return browser.give_password().url == "/sign-in/code/"


def test_s44_what_kills_every_trusted_browser(owner, clock):
    browser = trusting(owner)
    clock.forward(31)
    home = owner.elsewhere().sign_in()
    clock.forward(31)
    home.walk_to("done", "code")
    assert is_asked_for_a_code(browser)


def test_s44_revoking_one_kills_that_one(owner, clock):
    first = trusting(owner)
    clock.forward(31)
    second = trusting(owner)
    clock.forward(31)
    one = TrustedBrowser.objects.order_by("pk").first()
    home = owner.elsewhere().sign_in()
    page = home.get("/security/browsers/").content.decode()
    action = next(path for path in re.findall(r'action="([^"]+)"', page) if one.public_id in path)
    home.post(action)
    assert is_asked_for_a_code(first)
    assert not is_asked_for_a_code(second)


def test_s44_a_trust_cookie_never_helps_somebody_else(owner, stranger, clock):
    browser = trusting(owner)
    stranger.client.cookies["trust"] = browser.client.cookies["trust"].value
    assert is_asked_for_a_code(stranger)


def test_s45_after_a_replacement_all_other_sessions_are_over_and_this_one_goes_on(owner, clock):
    other = owner.elsewhere().sign_in()
    clock.forward(31)
    owner.sign_in()
    clock.forward(31)
    owner.walk_to("done", "code")
    assert other.get("/account/").status_code == 302
    assert owner.get("/account/").status_code == 200


def test_s46_sessions_have_opaque_names_and_nobody_ends_somebody_elses(owner, stranger, clock):
    owner.sign_in()
    page = owner.get("/security/sessions/").content.decode()
    assert owner.client.cookies["sessionid"].value not in page
    row = Session.objects.get(person=owner.user)
    assert row.key_digest not in page
    stranger.sign_in()
    assert stranger.post(f"/security/sessions/{row.public_id}/end/").status_code == 404
    assert owner.get("/account/").status_code == 200


def test_s47_an_address_is_changed_with_a_proof_a_code_and_a_warning_and_ends_what_was_pending(owner, clock):
    owner.sign_in()
    assert owner.get("/security/email/").url.startswith("/security/step-up/")
    owner.elsewhere().post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    link = next(m.body for m in mail.outbox if "/forgot-password/" in m.body)
    link = "/forgot-password/" + link.split("/forgot-password/")[1].split()[0]
    prove(owner, "email")
    owner.post("/security/email/", address="new@example.org")
    outbox.sweep()
    assert any("/security/undo/" in m.body for m in mail.outbox if m.to == ["owner@example.com"])
    owner.user.refresh_from_db()
    assert owner.user.email == "owner@example.com"
    owner.post("/security/email/code/", code=newest_code("new@example.org"))
    owner.user.refresh_from_db()
    assert owner.user.email == "new@example.org"
    assert owner.elsewhere().get(link).status_code == 404
    clock.forward(61)
    owner.answer("email", email="new@example.org")
    owner.walk_to("proof")
    assert owner.post("/security/reset/proof/mail/").status_code == 200  # the new address is too new for that
    clock.forward(days=7)
    owner.give_password()
    assert owner.post("/sign-in/code/new-device/").status_code == 302


@pytest.mark.parametrize("path", ["/sign-in/", "/forgot-password/", "/help/ask-support/"])
def test_s48_known_and_unknown_addresses_get_the_same_answer(owner, clock, path):
    def ask(address):
        visitor = people.Someone(owner.user)
        with CaptureQueriesContext(connection) as queries:
            answers = [visitor.post(path, email=address)]
            if path == "/sign-in/":
                answers.append(visitor.post("/sign-in/password/", password="wrong horse battery staple"))
        texts = [re.sub(r'value="\w{64}"', "", a.content.decode()).replace(address, "ADDRESS") for a in answers]
        return [a.status_code for a in answers], texts, [a.get("Location") for a in answers], len(queries)

    first, second = ask("owner@example.com"), ask("nobody@example.com")
    assert first == second
    assert ask("owner@example.com") == ask("nobody@example.com")


def test_s49_a_link_goes_to_the_stored_address_whatever_was_typed(owner, clock):
    for typed in ("OWNER@EXAMPLE.COM", " owner@example.com "):
        owner.elsewhere().post("/forgot-password/", email=typed)
    owner.elsewhere().post("/forgot-password/", email="owner@exаmple.com")
    outbox.sweep()
    assert {tuple(m.to) for m in mail.outbox if "/forgot-password/" in m.body} == {("owner@example.com",)}


def test_s38_without_the_counters_of_redis_wrong_answers_are_counted_all_the_same(owner, clock, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    owner.give_password()
    for n in range(6):
        answer = owner.post("/sign-in/code/", code=f"00000{n}")
    assert refused(answer)
    assert "Too many wrong answers" in owner.post("/sign-in/code/", code=owner.phone.code()).content.decode()
