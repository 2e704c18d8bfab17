"""Resets that staff start and agree to, and the cases that owners open (SECURITY AD7; PEERS S50)."""

import pytest
from django.core import mail

from security import outbox
from security.actor import Actor
from security.flows import freezes
from security.models import AssistedReset, Event, Kind, SupportCase
from tests.admin.test_accounts import RESET, WHY, act, page
from tests.staff import colleague, enter

pytestmark = pytest.mark.django_db


class TestResets:
    def test_alone_the_owner_gets_a_link_and_waits(self, owner, clock):
        helper = enter(colleague("support"))
        helper.post(act(owner.user, "reset"), **RESET)
        detail = Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED).detail
        assert (detail["second_approver"], detail["ticket"], detail["checked"]) == (False, "T-1", RESET["checked"])
        assert not AssistedReset.objects.exists()

    def test_a_second_one_has_to_agree(self, owner, clock):
        one, other = enter(colleague("security", "one@example.com")), enter(colleague("security", "other@example.com"))
        one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        asked = AssistedReset.objects.get()
        outbox.sweep()
        assert (
            "Our support wants to send you a link" in [m.subject for m in mail.outbox if owner.user.email in m.to][-1]
        )
        decide = f"/admin/security/assistedreset/{asked.pk}/approve/decide/"
        assert one.post(decide, **WHY).status_code == 403
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()
        assert "Somebody else" in one.get(f"/admin/security/assistedreset/{asked.pk}/change/").content.decode()
        assert "Approve" in other.get(f"/admin/security/assistedreset/{asked.pk}/change/").content.decode()
        assert other.post(decide, **WHY).status_code == 302
        asked.refresh_from_db()
        assert (asked.is_approved, asked.decided_by) == (True, other.user)
        detail = Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED).detail
        assert (detail["second_approver"], detail["asked_by"]) == (True, "one@example.com")

    def test_support_asks_and_does_not_approve(self, owner, clock):
        one, other = enter(colleague("support", "one@example.com")), enter(colleague("support", "other@example.com"))
        one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        decide = f"/admin/security/assistedreset/{AssistedReset.objects.get().pk}/approve/decide/"
        assert other.post(decide, **WHY).status_code == 403

    @pytest.mark.parametrize("end", ["declined", "owner says no", "too old", "another epoch", "asked again"])
    def test_what_is_over_cannot_be_approved(self, owner, clock, end):
        one, other = enter(colleague("security", "one@example.com")), enter(colleague("security", "other@example.com"))
        one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        asked = AssistedReset.objects.get()
        match end:
            case "declined":
                other.post(f"/admin/security/assistedreset/{asked.pk}/decline/decide/", **WHY)
                assert Event.objects.filter(kind=Kind.ASSISTED_RESET_DECLINED, actor="staff").exists()
            case "owner says no":
                outbox.sweep()
                [no] = [word for word in mail.outbox[-1].body.split() if "/security/undo/" in word]
                path = no.removeprefix("http://127.0.0.1:8000")
                assert "Cancel the new device?" in owner.get(path).content.decode()
                owner.post(path)
                assert Event.objects.filter(kind=Kind.ASSISTED_RESET_DECLINED, actor="self").exists()
            case "too old":
                AssistedReset.objects.update(asked_at=asked.asked_at.replace(year=2030))
            case "another epoch":
                freezes.begin(owner.user, reason="x", actor=Actor())
            case "asked again":
                one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        answer = other.post(f"/admin/security/assistedreset/{asked.pk}/approve/decide/", **WHY)
        assert answer.status_code == 200
        assert "A second member of staff has to agree" in answer.content.decode()
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()

    def test_for_staff_a_second_one_is_always_needed(self, clock):
        one, person = enter(colleague("security")), colleague("support")
        one.post(act(person.user, "reset"), **RESET)
        assert AssistedReset.objects.pending().count() == 1
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()

    def test_without_a_device_there_is_nothing_to_replace(self, newcomer, clock):
        helper = enter(colleague("support"))
        assert "Reset for a new device" not in helper.get(page(newcomer.user)).content.decode()
        assert helper.post(act(newcomer.user, "reset"), **RESET).status_code == 302
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()


class TestCases:
    @pytest.fixture
    def case(self, owner, clock):
        owner.elsewhere().post("/help/ask-support/", email=owner.user.email, message="I lost my phone")
        return SupportCase.objects.get()

    def test_what_owners_ask_lands_here(self, owner, case):
        helper = enter(colleague("support"))
        assert case.public_id in helper.get("/admin/security/supportcase/").content.decode()
        shown = helper.get(f"/admin/security/supportcase/{case.pk}/change/").content.decode()
        assert "I lost my phone" in shown
        assert page(owner.user) in shown
        assert case.address_digest not in shown
        helper.post(act(owner.user, "reset"), **RESET, case=case.pk)
        assert Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED).detail["case"] == case.public_id

    def test_it_is_closed_with_a_reason(self, owner, case):
        helper = enter(colleague("support"))
        close = f"/admin/security/supportcase/{case.pk}/close/"
        assert helper.get(close).status_code == 200
        assert helper.post(close, **WHY).status_code == 302
        case.refresh_from_db()
        assert case.closed_at
        assert Event.objects.get(kind=Kind.CASE_CLOSED).detail == {"case": case.public_id, "reason": WHY["reason"]}
        helper.post(close, **WHY)
        assert Event.objects.filter(kind=Kind.CASE_CLOSED).count() == 1

    def test_another_person_s_case_is_no_ground(self, owner, case, stranger):
        helper = enter(colleague("support"))
        assert helper.post(act(stranger.user, "reset"), **RESET, case=case.pk).status_code == 200

    def test_a_case_of_nobody_is_not_shown(self, clock, client):
        client.post("/help/ask-support/", {"email": "nobody@example.com", "message": "let me in"})
        case = SupportCase.objects.get()
        helper = enter(colleague("support"))
        assert case.public_id not in helper.get("/admin/security/supportcase/").content.decode()
        assert helper.get(f"/admin/security/supportcase/{case.pk}/close/").status_code == 404
