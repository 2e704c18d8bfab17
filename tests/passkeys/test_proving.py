"""A passkey as a proof: in the journey (row 2), for a change, against a change, and for a new password."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.utils import timezone

from accounts.models import User
from security import links, outbox
from security.models import Authenticator, Enrollment, Event, Kind, Passkey, SecurityProfile, Session
from tests import people
from tests.keys import ask, give, show, tell
from tests.links import LINK
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
PROOF, STEP_UP = "/security/reset/proof/passkey/", "/security/step-up/passkey/"
NEW = "purple monkey dishwasher tango"


class TestInTheJourney:
    def test_row_two_from_sign_in_to_receipt(self, owner, clock):
        key = give(owner)
        show(owner, "/sign-in/passkey/", key)
        owner.get("/security/")
        owner.answer_right("email")
        owner.walk_to("proof")
        page = owner.client.get("/security/reset/proof/", headers={"host": "localhost"}).content.decode()
        assert "Use a passkey" in page
        assert show(owner, PROOF, key).json()["redirect_url"] == "/security/reset/verified/"
        assert "Your passkey is confirmed" in owner.screen("verified").content.decode()
        owner.walk_to("done")
        swapped = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
        assert (swapped.detail["row"], swapped.detail["proof"], swapped.detail["hold"]) == ("2", "passkey", "0")
        assert not SecurityProfile.objects.of(owner.user).is_on_probation
        assert Passkey.objects.get().confirmed
        assert owner.get("/security/").status_code == 200
        assert Authenticator.objects.live().get().name == "New phone"

    def test_without_user_verification_it_is_no_proof_here(self, owner, clock):
        key = give(owner, verifies=False)
        owner.sign_in().walk_to("proof")
        assert show(owner, PROOF, key).json()["code"] == "passkey unverified"
        assert Enrollment.objects.get().proved_at is None

    def test_it_waits_for_nothing_after_a_password_forgotten(self, owner, clock):
        key = give(owner)
        SecurityProfile.objects.of(owner.user).change(mail_closed_until=timezone.now() + timedelta(days=7))
        owner.sign_in().walk_to("proof")
        show(owner, PROOF, key)
        owner.walk_to("done")
        assert Enrollment.objects.get().held_at is None

    def test_it_adds_another_device(self, owner, clock):
        key = give(owner)
        owner.sign_in()
        owner.post("/security/reset/email/?add=1", email=owner.user.email)
        owner.answer_right("password")
        assert show(owner, PROOF, key).status_code == 200
        owner.walk_to("done")
        assert Authenticator.objects.live().count() == 2

    def test_on_probation_only_an_older_one(self, owner, clock):
        young, old = give(owner), give(owner, added_at=people.long_ago())
        profile = SecurityProfile.objects.of(owner.user)
        now = timezone.now()
        profile.change(probation_since=now - timedelta(days=1), probation_until=now + timedelta(days=2))
        Passkey.objects.filter(added_at__lt=now - timedelta(days=1)).update(confirmed=False, suspended_at=now)
        owner.sign_in().walk_to("proof")
        assert show(owner, PROOF, young).json()["code"] == "wrong passkey"
        assert show(owner, PROOF, old).status_code == 200
        assert owner.enrollment.proof == "passkey"

    def test_another_browser_s_journey_is_not_proved(self, owner, clock):
        key = give(owner)
        other = owner.elsewhere().sign_in(ahead=-1)
        owner.sign_in().walk_to("proof")
        options = ask(owner, PROOF).json()
        assert tell(other, PROOF, key.get(options)).status_code == 403
        assert Enrollment.objects.get().proved_at is None

    def test_before_its_turn_nothing_is_asked(self, owner, clock):
        give(owner)
        owner.sign_in().answer_right("email")
        assert ask(owner, PROOF).status_code == 403

    def test_staff_may(self, clock):
        sam = people.make("sam@example.com", is_staff=True)
        key = give(sam)
        sam.sign_in().walk_to("proof")
        assert show(sam, PROOF, key).status_code == 200
        sam.walk_to("done")
        assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "2"


class TestForAChange:
    def test_with_verification_it_is_password_and_code(self, owner, clock):
        key = give(owner)
        owner.sign_in()
        answer = show(owner, f"{STEP_UP}?for=email&next=/security/email/", key)
        assert answer.json()["redirect_url"] == "/security/email/"
        row = Session.objects.get(person=owner.user)
        assert (row.fresh_for, row.second_factor) == ("email", "passkey")
        assert owner.get("/security/email/").status_code == 200
        passed = Event.objects.get(kind=Kind.STEP_UP_PASSED)
        assert passed.detail == {"factor": "passkey", "purpose": "email"}

    def test_without_it_is_not(self, owner, clock):
        key = give(owner, verifies=False)
        owner.sign_in()
        assert show(owner, f"{STEP_UP}?for=email", key).json()["code"] == "passkey unverified"
        assert Session.objects.get(person=owner.user).fresh_for == ""

    def test_to_look_around_either_is_enough(self, owner, clock):
        key = give(owner, verifies=False)
        owner.sign_in()
        clock.forward(700)
        assert owner.get("/security/sessions/").url.startswith("/security/step-up/")
        assert show(owner, f"{STEP_UP}?next=/security/sessions/", key).status_code == 200
        assert owner.get("/security/sessions/").status_code == 200

    def test_it_opens_the_pages_for_staff(self, clock):
        sam = people.make("sam@example.com", is_staff=True, is_superuser=True)
        key = give(sam)
        sam.sign_in()
        assert sam.get("/admin/").url.startswith("/security/step-up/")
        assert show(sam, f"{STEP_UP}?for=staff&next=/admin/", key).json()["redirect_url"] == "/admin/"
        assert sam.get("/admin/").status_code == 200

    @pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example"])
    def test_it_leads_to_our_own_pages_only(self, owner, clock, path):
        key = give(owner)
        owner.sign_in()
        assert show(owner, f"{STEP_UP}?next={path}", key).json()["redirect_url"] == "/security/"

    def test_the_page_offers_it(self, owner, stranger, clock):
        give(owner)
        for someone, is_offered in ((owner, True), (stranger, False)):
            someone.sign_in()
            page = someone.client.get("/security/step-up/?for=email", headers={"host": "localhost"}).content.decode()
            assert ("Use a passkey" in page) is is_offered
            assert ("/security/step-up/passkey/begin/?for=email" in page) is is_offered


class TestAgainstAChange:
    def link(self, owner, kind=Kind.AUTHENTICATOR_REPLACED):
        return f"/security/undo/{links.refusal(Event.objects.filter(kind=kind).latest('pk'))}/"

    def test_an_older_one_opens_what_is_frozen(self, owner, clock):
        key = give(owner, added_at=people.long_ago())
        thief = owner.elsewhere()
        thief.sign_in().walk_to("done")
        link = self.link(owner)
        visitor = owner.elsewhere()
        visitor.post(link)
        page = visitor.client.get(link, headers={"host": "localhost"}).content.decode()
        assert "Use a passkey" in page
        assert show(visitor, f"{link}passkey/", key).json()["redirect_url"] == link
        page = visitor.get(link).content.decode()
        assert "Your passkey is confirmed" in page
        assert 'name="code"' not in page
        assert visitor.post(link, password="wrong wrong wrong wrong", new_password=NEW).status_code == 200
        answer = visitor.post(link, password=PASSWORD, new_password=NEW)
        assert answer.status_code == 200
        thawed = Event.objects.get(kind=Kind.ACCOUNT_THAWED)
        assert thawed.detail["proof"] == "passkey"
        assert Authenticator.objects.live().get().name == "Old phone"
        assert Passkey.objects.get().confirmed
        assert check_password(NEW, User.objects.get(pk=owner.user.pk).password)

    def test_a_younger_one_does_not(self, owner, clock):
        owner.sign_in().walk_to("done")
        clock.forward(1)
        key = give(owner)
        link = self.link(owner)
        visitor = owner.elsewhere()
        visitor.post(link)
        assert show(visitor, f"{link}passkey/", key).status_code == 403
        assert (
            'name="code"' in visitor.get(link).content.decode()
            or "no older device" in visitor.get(link).content.decode()
        )

    def test_it_counts_for_that_change_and_for_ten_minutes(self, owner, clock):
        key = give(owner, added_at=people.long_ago())
        owner.sign_in().walk_to("done")
        link = self.link(owner)
        visitor = owner.elsewhere()
        visitor.post(link)
        show(visitor, f"{link}passkey/", key)
        clock.forward(601)
        answer = visitor.post(link, password=PASSWORD, new_password=NEW)
        assert answer.status_code == 200
        assert not Event.objects.filter(kind=Kind.ACCOUNT_THAWED).exists()

    def test_a_passkey_somebody_else_added_is_gone_with_it(self, owner, clock):
        clock.forward(60)
        with_theirs = give(owner)
        Passkey.objects.all().delete()
        owner.sign_in()
        clock.forward(30)
        owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code())
        tell(owner, "/security/passkeys/add/", with_theirs.create(ask(owner, "/security/passkeys/add/").json()))
        link = self.link(owner, Kind.PASSKEY_ADDED)
        clock.forward(60)
        visitor = owner.elsewhere()
        assert "Undo this change" in visitor.get(link).content.decode()
        answer = visitor.post(link, password=PASSWORD, code=owner.phone.code(), new_password=NEW)
        assert answer.status_code == 200
        assert Event.objects.filter(kind=Kind.ACCOUNT_THAWED).exists()
        assert not Passkey.objects.get().confirmed

    def test_a_passkey_somebody_else_removed_is_back(self, owner, clock):
        give(owner, added_at=people.long_ago())
        owner.sign_in()
        clock.forward(30)
        owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code())
        owner.post(f"/security/passkeys/{Passkey.objects.get().public_id}/remove/")
        link = self.link(owner, Kind.PASSKEY_REMOVED)
        clock.forward(60)
        owner.elsewhere().post(link, password=PASSWORD, code=owner.phone.code(), new_password=NEW)
        assert Passkey.objects.get().confirmed


class TestForANewPassword:
    def link(self, owner):
        mail.outbox.clear()
        owner.post("/forgot-password/", email=owner.user.email)
        outbox.sweep()
        return LINK.search(mail.outbox[-1].body)[1]

    def test_it_is_the_second_factor(self, owner, clock):
        key = give(owner)
        link = self.link(owner)
        assert "Use a passkey" in owner.client.get(link, headers={"host": "localhost"}).content.decode()
        assert show(owner, f"{link}passkey/", key).json()["redirect_url"] == link
        assert 'name="code"' not in owner.get(link).content.decode()
        assert owner.post(link, new_password=NEW).url.startswith("/sign-in/")
        assert Event.objects.get(kind=Kind.PASSWORD_RECOVERED).detail["factor"] == "passkey"

    def test_without_it_the_code_is_asked_for(self, owner, stranger, clock):
        theirs = give(stranger)
        give(owner)
        link = self.link(owner)
        assert show(owner, f"{link}passkey/", theirs).status_code == 403
        assert owner.post(link, new_password=NEW).status_code == 200
        assert not Event.objects.filter(kind=Kind.PASSWORD_RECOVERED).exists()

    def test_what_was_shown_in_another_browser_does_not_count(self, owner, clock):
        key = give(owner)
        link = self.link(owner)
        show(owner.elsewhere(), f"{link}passkey/", key)
        assert owner.post(link, new_password=NEW).status_code == 200
        assert not Event.objects.filter(kind=Kind.PASSWORD_RECOVERED).exists()

    def test_a_link_that_is_gone_asks_nothing(self, owner, clock):
        give(owner)
        assert ask(owner, "/forgot-password/x/passkey/").status_code == 403
        assert tell(owner, "/forgot-password/x/passkey/", "{}").status_code == 403
        assert ask(owner, "/security/undo/x/passkey/").status_code == 403
