"""What broke elsewhere, S01 to S17: authenticator codes, enrollment and replacement. The numbers are those of the list
of weaknesses found in other projects; each test says what must not happen here.
"""

import re

import pytest
from django.db import transaction

from security.models import Authenticator, Enrollment, Event, Kind, Throttle
from tests import people
from tests.people import PASSWORD
from tests.races.together import at_once, post
from tests.walls import text_of_the_database


def refused(answer) -> bool:
    return answer.status_code == 200 and 'role="alert"' in answer.content.decode()


def at_the_prompt(someone):
    other = someone.elsewhere()
    other.give_password()
    return other


def test_s01_a_code_that_was_accepted_is_refused_for_the_rest_of_its_life(owner, clock):
    code = owner.phone.code()
    owner.sign_in()
    for _ in range(2):
        assert refused(at_the_prompt(owner).post("/sign-in/code/", code=code))
        clock.forward(30)


def test_s02_it_is_refused_a_step_later_too(owner, clock):
    code = owner.phone.code()
    owner.sign_in()
    clock.forward(31)
    assert refused(at_the_prompt(owner).post("/sign-in/code/", code=code))


def test_s03_no_code_older_than_the_last_one_used_is_accepted(owner, clock):
    first, second = owner.phone.code(), owner.phone.code(ahead=1)
    at_the_prompt(owner).post("/sign-in/code/", code=first)
    at_the_prompt(owner).post("/sign-in/code/", code=second)
    assert refused(at_the_prompt(owner).post("/sign-in/code/", code=first))


def test_s04_the_code_that_confirmed_a_device_is_refused_everywhere(owner, clock):
    owner.sign_in().walk_to("confirm", "code")
    code = owner.new_phone.code()
    owner.answer("confirm", code=code)
    assert refused(at_the_prompt(owner).post("/sign-in/code/", code=code))
    assert refused(owner.post("/security/step-up/?for=email", password=PASSWORD, code=code))
    clock.forward(1)
    owner.answer("email", email=owner.user.email)
    owner.answer("password", password=PASSWORD)
    assert refused(owner.answer("proof", code=code))


@pytest.mark.django_db(transaction=True)
def test_s05_of_two_parallel_posts_of_one_code_one_succeeds():
    owner = people.make("owner@example.com")
    browsers = [at_the_prompt(owner) for _ in range(6)]
    answers = at_once(*[post(browser, "/sign-in/code/", code=owner.phone.code()) for browser in browsers])
    assert [answer.status_code for answer in answers].count(302) == 1


def test_s06_codes_of_the_old_key_are_refused_everywhere_at_once(owner, clock):
    owner.sign_in().walk_to("done", "code")
    clock.forward(61)
    assert refused(at_the_prompt(owner).post("/sign-in/code/", code=owner.phone.code()))
    assert refused(owner.post("/security/step-up/?for=email", password=PASSWORD, code=owner.phone.code()))
    owner.answer("email", email=owner.user.email)
    owner.answer("password", password=PASSWORD)
    assert refused(owner.answer("proof", code=owner.phone.code()))


def test_s06_codes_of_an_unconfirmed_key_are_never_accepted_whatever_device_is_named(owner, clock):
    owner.sign_in().walk_to("confirm")
    pending = owner.new_phone.code()
    device = f"security.authenticator/{owner.enrollment.pk}"
    answer = at_the_prompt(owner).post("/sign-in/code/", code=pending, otp_device=device, device=device)
    assert refused(answer)
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize("dressed", ["+{}", "{:.2}_{:.4}", "０{}", "-{}", "{}.0", "0x{}", "{}\u0660"])
def test_s07_only_ascii_digits_of_the_right_length_count(owner, clock, dressed):
    code = owner.phone.code()
    assert refused(at_the_prompt(owner).post("/sign-in/code/", code=dressed.format(code, code[2:])))
    assert at_the_prompt(owner).post("/sign-in/code/", code=f" {code[:3]} {code[3:]} ").status_code == 302


def test_s08_replacing_never_brings_back_an_old_key_or_counter(owner, clock):
    old = owner.phone
    owner.sign_in().walk_to("done", "code")
    clock.forward(31)
    owner.phone, first = owner.new_phone, owner.new_phone
    owner.answer("email", email=owner.user.email)
    owner.walk_to("done", "code")
    clock.forward(61)
    for phone in (old, first):
        assert refused(at_the_prompt(owner).post("/sign-in/code/", code=phone.code()))
    assert len({old.secret, first.secret, owner.new_phone.secret}) == 3


def test_s09_looking_again_or_a_wrong_code_does_not_change_the_pending_key(owner, clock):
    owner.sign_in().walk_to("scan")
    keys = {owner.setup_key() for _ in range(3)}
    owner.answer("scan")
    owner.answer("confirm", code="000000")
    owner.get("/security/reset/email/")
    assert keys == {owner.setup_key()}


@pytest.mark.parametrize("screen", ["password", "proof", "notice", "code", "verified", "app", "scan", "confirm"])
def test_s10_abandoning_leaves_the_old_device_working_and_the_pending_key_dies(owner, clock, screen):
    owner.sign_in().walk_to(screen)
    clock.forward(minutes=31)
    assert owner.screen(screen).url.startswith(("/security/reset/email/", "/sign-in/"))
    at_the_prompt(owner).post("/sign-in/code/", code=owner.phone.code())
    assert Authenticator.objects.get().confirmed
    if owner.new_phone:
        assert refused(at_the_prompt(owner).post("/sign-in/code/", code=owner.new_phone.code()))


CLOSED_TO_A_PASSWORD = [
    "/security/",
    "/security/reset/email/?add=1",
    "/security/reset/password/",
    "/security/reset/proof/",
    "/security/reset/scan/",
    "/security/reset/confirm/",
    "/security/recovery-codes/",
    "/security/devices/abc/",
    "/security/password/",
    "/security/email/",
    "/security/step-up/",
]


@pytest.mark.parametrize("path", CLOSED_TO_A_PASSWORD)
def test_s11_a_password_alone_opens_nothing_that_changes_factors_by_get_or_post(owner, clock, path):
    owner.give_password()
    for answer in (owner.get(path), owner.post(path, email=owner.user.email, code="123456", password=PASSWORD)):
        assert answer.status_code in (302, 404, 405), path
        assert "/sign-in/" in answer.get("Location", "/sign-in/")
    assert Authenticator.objects.count() == 1
    assert not Enrollment.objects.exists()


def test_s12_no_step_is_skipped_repeated_or_gone_around(owner, clock):
    owner.sign_in().walk_to("notice")
    assert owner.answer("confirm", code="123456").url == "/security/reset/notice/"
    assert owner.answer("scan").url == "/security/reset/notice/"
    owner.walk_to("done")
    again = owner.answer("confirm", code=owner.new_phone.code(ahead=1))
    assert again.url == "/security/"
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).count() == 1


def test_s12_starting_again_does_not_drop_a_requirement(owner, clock):
    owner.sign_in().walk_to("code")
    owner.answer("email", email=owner.user.email)
    assert owner.answer("verified").url == "/security/reset/password/"


def test_s13_only_the_signed_in_owner_starts_a_reset_and_starting_weakens_nothing(owner, stranger, clock):
    assert stranger.sign_in().answer("email", email=owner.user.email).status_code == 200
    owner.sign_in()
    for _ in range(100):
        owner.answer("email", email=owner.user.email)
    assert Authenticator.objects.get(user=owner.user).confirmed
    clock.forward(31)
    assert at_the_prompt(owner).post("/sign-in/code/", code=owner.phone.code()).status_code == 302


def test_s14_a_journey_is_one_persons_even_in_one_browser(owner, stranger, clock):
    owner.sign_in().walk_to("confirm")
    code = owner.new_phone.code()
    owner.post("/sign-out/")
    stranger.client = owner.client
    stranger.sign_in()
    assert stranger.answer("confirm", code=code).url == "/security/reset/email/"
    assert Authenticator.objects.get(user=stranger.user).name == "Old phone"
    assert Authenticator.objects.get(user=owner.user).name == "Old phone"


def test_s16_the_key_is_nowhere_but_on_its_page(owner, clock, caplog):
    owner.sign_in().walk_to("scan")
    page, key = owner.screen("scan"), owner.setup_key()
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    svg = page.content.decode().split("<svg", 1)[1].split("</svg>")[0]
    assert key not in svg and key[:4] not in re.sub(r"<[^>]+>", "", svg)
    assert key not in caplog.text
    with transaction.atomic():
        assert key not in text_of_the_database()


def test_s17_no_device_is_paired_before_the_address_was_confirmed(newcomer, clock):
    newcomer.sign_in()
    newcomer.answer("email", email=newcomer.user.email)
    newcomer.answer("password", password=PASSWORD)
    for screen in ("verified", "app", "scan", "confirm"):
        assert newcomer.answer(screen, code="123456").url == "/security/reset/notice/"
    assert not Authenticator.objects.exists()


def test_s37_one_factor_never_changes_the_count_of_another(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code="000000")
    owner.post("/sign-in/recovery-code/", code="AAAA-AAAA-AAAA-AAAA")
    counts = dict(Throttle.objects.filter(subject=str(owner.user.pk)).values_list("factor", "failures"))
    assert counts == {"authenticator": 1, "recovery_code": 1}
    owner.post("/sign-in/code/", code=owner.phone.code())
    counts = dict(Throttle.objects.filter(subject=str(owner.user.pk)).values_list("factor", "failures"))
    assert counts == {"authenticator": 0, "recovery_code": 1}
