"""What broke elsewhere, S18 to S25: codes and links in mails."""

import pytest
from django.core import mail

from security import links, outbox
from security.models import Authenticator, Enrollment, Event, VerificationCode
from tests import people
from tests.people import PASSWORD, newest_code
from tests.races.together import at_once, post
from tests.walls import everything, text_of_the_database


def refused(answer) -> bool:
    return answer.status_code == 200 and 'role="alert"' in answer.content.decode()


def test_s18_no_usable_code_is_kept_anywhere(owner, clock, caplog):
    owner.sign_in().walk_to("code")
    code = newest_code(owner.user.email)
    for kept in (text_of_the_database(), caplog.text):
        assert code not in kept
        assert code.replace(" ", "") not in kept


def test_s19_a_code_of_one_session_fails_in_another_of_the_same_person(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code(owner.user.email)
    clock.forward(31)
    other = owner.elsewhere().sign_in()
    other.answer("code", code=code)
    assert other.screen("verified").status_code == 302
    assert owner.enrollment.proved_at is None


def test_s19_a_code_for_a_new_device_does_not_confirm_an_address_nor_the_reverse(owner, clock):
    owner.sign_in().walk_to("code")
    for_device = newest_code(owner.user.email)
    clock.forward(31)
    owner.post("/security/step-up/?for=email", password=PASSWORD, code=owner.phone.code())
    owner.post("/security/email/", address="new@example.org")
    assert refused(owner.post("/security/email/code/", code=for_device))
    assert refused(owner.answer("code", code=newest_code("new@example.org")))


@pytest.mark.django_db(transaction=True)
def test_s20_fifty_parallel_guesses_leave_no_try_for_the_right_one():
    owner = people.make("owner@example.com")
    owner.reads_mail = False
    owner.sign_in().walk_to("code")
    at_once(*[post(owner, "/security/reset/code/", code="0000 0000") for _ in range(50)])
    assert VerificationCode.objects.get().tries <= 5
    owner.answer("code", code=owner.mailed_code())
    assert Enrollment.objects.get().proved_at is None


def test_s21_nothing_gives_the_count_of_guesses_back(owner, clock):
    owner.sign_in().walk_to("code")
    for _ in range(5):
        owner.answer("code", code="0000 0000")
    clock.forward(60)
    owner.post("/security/reset/code/again/")
    for _ in range(4):
        owner.answer("code", code="0000 0000")
    owner.post("/sign-out/")
    clock.forward(31)
    owner.sign_in()
    owner.answer("email", email=owner.user.email)
    owner.walk_to("code")
    owner.answer("code", code="0000 0000")
    assert refused(owner.answer("code", code=newest_code(owner.user.email)))


def test_s22_a_new_code_kills_the_one_before(owner, clock):
    owner.sign_in().walk_to("code")
    first = newest_code(owner.user.email)
    clock.forward(60)
    owner.post("/security/reset/code/again/")
    assert refused(owner.answer("code", code=first))
    assert owner.answer("code", code=newest_code(owner.user.email)).status_code == 302


def test_s23_looking_at_the_page_uses_no_try(owner, clock):
    owner.sign_in().walk_to("code")
    for _ in range(30):
        owner.screen("code")
        owner.get("/security/reset/code/status/")
    assert VerificationCode.objects.get().tries == 0


def test_s24_the_limit_holds_at_every_entrance(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code(owner.user.email)
    for _ in range(4):
        owner.answer("code", code="0000 0000")
    for _ in range(3):
        owner.post("/security/reset/code/", code="0000 0000", HTTP_ACCEPT="application/json")
    assert VerificationCode.objects.get().tries == 5
    assert refused(owner.answer("code", code=code))


def test_s25_looking_at_a_mailed_link_changes_nothing(owner, newcomer, clock):
    owner.sign_in().walk_to("done")
    owner.elsewhere().post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    paths = [f"/security/undo/{links.refusal(event)}/" for event in Event.objects.filter(person=owner.user)]
    paths += [m.body.split("http://127.0.0.1:8000")[1].split()[0] for m in mail.outbox if "/forgot-password/" in m.body]
    assert any("/forgot-password/" in path for path in paths)
    stranger = newcomer.elsewhere()
    before = everything()
    for path in paths:
        for look in (stranger.client.head, stranger.get, stranger.get):
            assert look(path).status_code in (200, 404), path
    assert everything() == before
    assert Authenticator.objects.of(owner.user).live().get().name == "New phone"
    assert "<script>" not in stranger.get(paths[0]).content.decode()
