"""The main story: the old phone is gone, the owner proves themself with a code sent by e-mail."""

from django.core import mail

from security.models import Authenticator, Event, Kind, Session
from tests.people import PASSWORD, add_device, long_ago, newest_code


def test_the_owner_replaces_the_phone_they_lost(owner, clock):
    owner.sign_in()
    elsewhere = owner.elsewhere()
    clock.forward(30)
    elsewhere.sign_in()

    assert "Reset for a new device" in owner.get("/security/").content.decode()
    assert owner.answer("email", email="  Owner@Example.com ").url == "/security/reset/password/"
    assert owner.answer("password", password=PASSWORD).url == "/security/reset/proof/"
    assert owner.post("/security/reset/proof/mail/").url == "/security/reset/notice/"
    assert "o•••@e•••.com" in owner.screen("notice").content.decode()
    assert owner.answer("notice", stolen="on").url == "/security/reset/code/"
    assert owner.answer("code", code=newest_code("owner@example.com")).url == "/security/reset/verified/"
    assert "Your address is confirmed" in owner.screen("verified").content.decode()
    assert owner.answer("verified").url == "/security/reset/app/"
    assert owner.answer("app").url == "/security/reset/scan/"
    owner.answer_right("scan")
    assert owner.answer_right("confirm").url == "/security/"

    page = owner.get("/security/").content.decode()
    assert "Enabled" in page
    assert "<strong>New phone</strong> shows your sign-in codes" in page
    assert "<strong>Old phone</strong> no longer works" in page
    assert "1 other session was ended" in page
    assert elsewhere.get("/security/").url.startswith("/sign-in/")

    old, new = Authenticator.objects.order_by("pk")
    assert (old.confirmed, old.replaced_by) == (False, new)
    assert old.revoked_at is not None
    event = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    assert event.detail["row"] == "4a"
    assert event.detail["old_was_stolen"] is True


def test_every_address_is_told(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.com", long_ago()
    owner.user.save()
    owner.sign_in().walk_to("notice")
    page = owner.screen("notice").content.decode()
    assert "s•••@e•••.com" in page
    assert "spare@example.com" not in page

    owner.answer("notice", address="1")
    code = newest_code("spare@example.com")
    told = [message for message in mail.outbox if message.to == ["owner@example.com"]]
    assert len(told) == 1
    assert code not in told[0].body + told[0].alternatives[0].content

    owner.answer("code", code=code)
    owner.walk_to("done")
    newest_code("spare@example.com")
    told = [message.to[0] for message in mail.outbox if message.subject == "Your device for sign-in codes was replaced"]
    assert sorted(told) == ["owner@example.com", "spare@example.com"]


def test_a_single_address_is_not_a_choice(owner, clock):
    owner.sign_in().walk_to("notice")
    assert 'type="radio"' not in owner.screen("notice").content.decode()


def test_an_address_that_is_not_offered_is_refused(owner, clock):
    owner.user.recovery_email = "unconfirmed@example.com"
    owner.user.save()
    owner.sign_in().walk_to("notice")
    assert owner.answer("notice", address="1").status_code == 302  # there is no such field: the only address it is
    assert owner.enrollment.address == "owner@example.com"


def test_another_address_than_ones_own_is_never_a_silent_switch(owner, stranger, clock):
    owner.sign_in()
    response = owner.answer("email", email=stranger.user.email)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not stranger.user.enrollments.exists()


def test_only_this_session_is_verified_by_the_new_device(owner, clock):
    owner.sign_in().walk_to("done")
    response = owner.get("/security/")
    user = response.wsgi_request.user
    assert user.is_verified()
    assert user.otp_device.name == "New phone"
    assert Session.objects.filter(person=owner.user).count() == 1


def test_the_mailed_code_opens_nothing_but_the_journey(owner, clock):
    owner.sign_in()
    before = Session.objects.get(person=owner.user).second_factor_at
    owner.walk_to("code")
    code = newest_code("owner@example.com")
    elsewhere = owner.elsewhere()
    elsewhere.give_password()
    for typed in (code, code.replace(" ", ""), code[:7]):
        assert elsewhere.post("/sign-in/code/", code=typed).status_code == 200
    owner.answer("code", code=code)
    assert Session.objects.get(person=owner.user).second_factor_at == before


def test_first_set_up(newcomer, clock):
    newcomer.sign_in()
    page = newcomer.get("/security/").content.decode()
    assert "Not enabled" in page
    assert "Enable enhanced security" in page
    newcomer.walk_to("notice")
    assert "old device was stolen" not in newcomer.screen("notice").content.decode()
    newcomer.walk_to("done")
    assert "Enhanced Security is on" in newcomer.get("/security/").content.decode()
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_BOUND).detail["row"] == "first"


def test_locked_out_at_the_sign_in_prompt(owner, clock):
    owner.begin_locked_out()
    assert "Step 1 of 6" in owner.screen("notice").content.decode()
    assert owner.screen("email").url.startswith("/sign-in/")
    assert owner.get("/account/").url.startswith("/sign-in/")
    owner.walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert owner.get("/security/").url.startswith("/sign-in/")
    clock.forward(days=3, seconds=1)
    owner.phone = owner.new_phone
    owner.sign_in()
    page = owner.get("/security/")
    assert page.status_code == 200
    assert page.wsgi_request.user.is_verified()
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "4b"


def test_locked_out_the_pending_sign_in_lives_as_long_as_the_journey(owner, clock):
    owner.begin_locked_out().walk_to("verified")
    clock.forward(minutes=25)
    assert owner.answer("verified").url == "/security/reset/app/"
    clock.forward(minutes=6)
    assert owner.screen("app").url == "/sign-in/"


def test_a_person_with_two_devices_replaces_the_one_they_name(owner, clock):
    owner.sign_in()
    add_device(owner.user, "Tablet")
    tablet = Authenticator.objects.get(name="Tablet")
    owner.post(f"/security/reset/email/?device={tablet.public_id}", email=owner.user.email)
    owner.walk_to("done", "code")
    assert set(Authenticator.objects.filter(confirmed=True).values_list("name", flat=True)) == {
        "Old phone",
        "New phone",
    }


def test_somebody_elses_device_is_not_replaced(owner, stranger, clock):
    theirs = Authenticator.objects.get(user=stranger.user)
    owner.sign_in()
    owner.post(f"/security/reset/email/?device={theirs.public_id}", email=owner.user.email)
    owner.walk_to("done")
    theirs.refresh_from_db()
    assert theirs.confirmed
