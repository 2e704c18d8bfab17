"""What broke elsewhere, S26 to S40: signing in, step-up, limits."""

import pytest
from django.core import mail
from django.test import Client

from security import outbox
from security.models import Authenticator, Event, Kind, Session
from tests import people
from tests.people import PASSWORD

ANOTHER = "purple harbour candle seventeen"
KEY = "sessionid"


def refused(answer) -> bool:
    return answer.status_code == 200 and 'role="alert"' in answer.content.decode()


def key(someone) -> str:
    return someone.client.cookies[KEY].value


def opens(old_key: str) -> bool:
    client = Client()
    client.cookies[KEY] = old_key
    return client.get("/account/").status_code == 200


def link_for_a_new_password(someone) -> str:
    someone.elsewhere().post("/forgot-password/", email=someone.user.email)
    outbox.sweep()
    letter = [m for m in mail.outbox if "/forgot-password/" in m.body and m.to == [someone.user.email]][-1]
    return "/forgot-password/" + letter.body.split("/forgot-password/")[1].split()[0]


def test_s26_the_key_is_a_new_one_at_every_proof_and_the_old_one_opens_nothing(owner, clock):
    owner.client.cookies[KEY] = "made-up-by-somebody-else"
    keys = ["made-up-by-somebody-else"]
    owner.post("/sign-in/", email=owner.user.email)
    keys.append(key(owner))
    owner.post("/sign-in/password/", password=PASSWORD)
    keys.append(key(owner))
    owner.post("/sign-in/code/", code=owner.phone.code())
    keys.append(key(owner))
    owner.post("/security/step-up/?for=email", password=PASSWORD, code=owner.phone.code(ahead=1))
    keys.append(key(owner))
    clock.forward(60)
    owner.walk_to("done", "code")
    keys.append(key(owner))
    assert len(set(keys)) == len(keys)
    clock.forward(31)
    assert [opens(old) for old in keys] == [False] * (len(keys) - 1) + [True]


def test_s27_who_is_half_signed_in_keeps_no_password_and_is_forgotten(owner, clock):
    owner.give_password()
    assert PASSWORD not in Session.objects.get().data
    clock.forward(601)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    owner.give_password()
    owner.post("/sign-out/")
    assert owner.get("/sign-in/code/").url == "/sign-in/"


def test_s28_a_forgotten_password_does_not_get_past_the_second_factor_nor_takes_it_away(owner, stranger, clock):
    link = link_for_a_new_password(owner)
    visitor = owner.elsewhere()
    assert refused(visitor.post(link, new_password=ANOTHER))
    assert refused(visitor.post(link, new_password=ANOTHER, code="000000"))
    assert refused(visitor.post(link, new_password=ANOTHER, code=stranger.phone.code()))
    owner.user.refresh_from_db()
    assert owner.user.check_password(PASSWORD)
    assert visitor.post(link, new_password=ANOTHER, code=owner.phone.code()).status_code == 302
    assert visitor.get("/account/").status_code == 302
    visitor.post("/sign-in/", email=owner.user.email)
    assert visitor.post("/sign-in/password/", password=ANOTHER).url == "/sign-in/code/"
    assert Authenticator.objects.of(owner.user).live().count() == 1
    stranger.user.refresh_from_db()
    assert stranger.user.check_password(PASSWORD)


def test_s29_the_second_page_is_not_reached_by_naming_somebody(owner, clock):
    for path in ("/sign-in/code/", "/sign-in/recovery-code/", "/sign-in/code/new-device/"):
        answer = owner.post(path, user=owner.user.pk, email=owner.user.email, code=owner.phone.code())
        assert answer.url == "/sign-in/", path
    assert owner.get("/account/").status_code == 302


def test_s30_a_disabled_person_is_out_at_once_everywhere(owner, clock):
    signed_in = owner.elsewhere().sign_in()
    owner.give_password()
    link = link_for_a_new_password(owner)
    type(owner.user).objects.update(is_active=False)
    clock.forward(31)
    assert signed_in.get("/account/").status_code == 302
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    assert owner.elsewhere().post(link, new_password=ANOTHER, code=owner.phone.code()).status_code == 404
    assert refused(owner.elsewhere().give_password())


def test_s31_a_forged_header_neither_evades_a_limit_nor_changes_what_is_recorded(owner, clock):
    for n in range(8):
        visitor = owner.elsewhere()
        visitor.client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{n}"
        visitor.post("/sign-in/", email=owner.user.email)
        visitor.post("/sign-in/password/", password="wrong horse battery staple")
    events = Event.objects.filter(kind=Kind.PASSWORD_REFUSED)
    assert {event.address for event in events} == {"127.0.0.1"}
    assert events.count() < 8


def test_s31_behind_a_proxy_two_clients_do_not_share_a_bucket(owner, clock, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    answers = []
    for client in ["203.0.113.1"] * 25 + ["203.0.113.2"]:
        visitor = people.Someone(owner.user)
        visitor.client.defaults["HTTP_X_FORWARDED_FOR"] = client
        visitor.post("/sign-in/", email=f"nobody{len(answers)}@example.org")
        answers.append(visitor.post("/sign-in/password/", password="wrong horse battery staple").status_code)
    assert answers[-2] == 429
    assert answers[-1] == 200


@pytest.mark.parametrize("form", ["OWNER@example.com", " owner@example.com ", "owner@EXAMPLE.COM"])
def test_s32_another_form_of_the_name_is_the_same_limit(owner, clock, form):
    for _ in range(5):
        visitor = owner.elsewhere()
        visitor.post("/sign-in/", email=owner.user.email)
        visitor.post("/sign-in/password/", password="wrong horse battery staple")
    visitor = owner.elsewhere()
    visitor.post("/sign-in/", email=form)
    answer = visitor.post("/sign-in/password/", password=PASSWORD)
    assert "Too many wrong answers" in answer.content.decode()


def test_s33_a_success_for_one_account_does_not_clear_the_networks_failures(owner, stranger, clock):
    for n in range(9):
        visitor = people.Someone(stranger.user)
        visitor.post("/sign-in/", email=f"nobody{n}@example.org")
        visitor.post("/sign-in/password/", password="wrong horse battery staple")
    owner.elsewhere().sign_in()
    for n in range(9, 12):
        visitor = people.Someone(stranger.user)
        visitor.post("/sign-in/", email=f"nobody{n}@example.org")
        answer = visitor.post("/sign-in/password/", password="wrong horse battery staple")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_s34_step_up_is_limited_like_signing_in(owner, clock):
    owner.sign_in()
    clock.forward(31)
    for n in range(6):
        owner.post("/security/step-up/?for=email", password=PASSWORD, code=f"00000{n}")
    answer = owner.post("/security/step-up/?for=email", password=PASSWORD, code=owner.phone.code())
    assert "Too many wrong answers" in answer.content.decode()


def test_s35_a_closed_factor_is_closed_at_every_door(owner, clock):
    owner.sign_in()
    for n in range(6):
        owner.post("/security/step-up/?for=email", password=PASSWORD, code=f"00000{n}")
    code = owner.phone.code(ahead=1)
    owner.answer("email", email=owner.user.email)
    owner.answer("password", password=PASSWORD)
    assert refused(owner.answer("proof", code=code))
    owner.post("/sign-out/")
    owner.give_password()
    assert refused(owner.post("/sign-in/code/", code=code))


def test_s35_a_freeze_stops_a_trusted_browser_too(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    owner.post("/sign-out/")
    now = Event.objects.latest("at")
    owner.user.security_profile.refresh_from_db()
    owner.user.security_profile.change(frozen_at=now.at, frozen_until=now.at.replace(year=2040), contested_event=now)
    assert owner.give_password().url.startswith("/security/undo/")
    assert owner.get("/account/").status_code == 302


def test_s36_nobody_locks_an_owner_out_for_days_and_there_is_a_way_out(owner, clock):
    home = owner.elsewhere().sign_in()
    home.post("/sign-out/")
    for _ in range(60):
        stranger = owner.elsewhere()
        stranger.give_password()
        stranger.post("/sign-in/code/", code="000000")
        clock.forward(60)
    home.give_password()
    assert home.post("/sign-in/code/", code=owner.phone.code()).status_code == 302  # a browser that is recognised
    clock.forward(3600)
    assert owner.elsewhere().sign_in()


def test_s39_every_other_way_in_asks_for_the_second_factor(owner, clock):
    visitor = owner.elsewhere()
    visitor.post(link_for_a_new_password(owner), new_password=ANOTHER, code=owner.phone.code())
    assert visitor.get("/account/").status_code == 302
    for path in ("/admin/", "/admin/login/", "/invitation/x/"):
        assert visitor.get(path).status_code in (302, 404)


BAD = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "https:evil",
    "\t//evil",
    "",
]


@pytest.mark.parametrize("bad", BAD)
def test_s40_next_leads_to_our_own_paths_only(owner, clock, bad):
    owner.post("/sign-in/", email=owner.user.email, next=bad)
    owner.post("/sign-in/password/", password=PASSWORD)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"
    clock.forward(31)
    answer = owner.client.post(
        f"/security/step-up/?for=email&next={bad}", {"password": PASSWORD, "code": owner.phone.code(), "next": bad}
    )
    assert answer.url == "/security/"
