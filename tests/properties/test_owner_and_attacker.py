"""The owner and an attacker, in whatever order: a state machine that looks for what must never be.

Never: a swap without a row of the table; two live pairings for one slot; a live session from before a change that it
did not make; a factor that is gone without an event and a mail; somebody signed in while the account is frozen.
"""

import os
from typing import ClassVar

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from security import chain, links
from security.actor import Actor
from security.flows import recovery_codes
from security.models import Authenticator, Enrollment, Event, Kind, OutboxMessage, RecoveryCodeSet
from security.policy import Row
from security.sessions import SessionStore
from tests import people
from tests.people import PASSWORD, Phone, Someone

EXAMPLES = int(os.environ.get("EXAMPLES", "10"))
ANOTHER = "purple harbour candle seventeen"
SWAPS = (Kind.AUTHENTICATOR_REPLACED, Kind.AUTHENTICATOR_BOUND)
ELSEWHERE = "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36"
UNDOABLE = (*SWAPS, Kind.ENROLLMENT_HELD, Kind.RECOVERY_CODES_MADE, Kind.VERIFICATION_CODE_PROMISED)


class Party:
    """Somebody with a browser, what they know, and the phones they hold."""

    def __init__(self, who: Someone, phones: list[Phone]) -> None:
        self.who, self.phones = who, phones
        self.signed_in_at_epoch: int | None = None
        self.pairing: Phone | None = None

    @property
    def is_in(self) -> bool:
        return self.who.get("/account/").status_code == 200


class OwnerAndAttacker(RuleBasedStateMachine):
    clock: ClassVar = None

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        owner = people.make("owner@example.com")
        owner.reads_mail = False
        self.user, self.password = owner.user, PASSWORD
        self.codes = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor()).codes
        self.owner = Party(owner, [owner.phone])
        self.attacker = Party(owner.elsewhere(), [])
        self.attacker.who.client.defaults["HTTP_USER_AGENT"] = (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36"
        )
        self.attacker.who.reads_mail = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        mail.outbox.clear()

    parties = st.sampled_from(["owner", "attacker"])

    def party(self, name: str) -> Party:
        return getattr(self, name)

    def refresh(self) -> None:
        self.user.refresh_from_db()

    def did(self, party: Party) -> None:
        """Whoever acted with success made the epoch that is: their session, if they have one, is of it."""
        self.refresh()
        party.signed_in_at_epoch = self.user.security_epoch if party.is_in else None

    @initialize()
    def the_owner_signs_in(self) -> None:
        self.sign_in("owner", 0)

    @rule(name=parties, which=st.integers(0, 3))
    def sign_in(self, name: str, which: int) -> None:
        """With the password and a code of one of the phones they hold, working or not."""
        party = self.party(name)
        party.who.post("/sign-out/")
        party.who.post("/sign-in/", email=self.user.email)
        party.who.post("/sign-in/password/", password=self.password)
        if party.phones:
            self.clock.forward(31)
            phone = party.phones[which % len(party.phones)]
            party.who.post("/sign-in/code/", code=phone.code(), **({"trust_browser": "on"} if which == 3 else {}))
        self.did(party)

    @rule(name=parties, which=st.integers(0, 9))
    def sign_in_with_a_recovery_code(self, name: str, which: int) -> None:
        party = self.party(name)
        if name == "attacker":
            return
        party.who.post("/sign-out/")
        party.who.post("/sign-in/", email=self.user.email)
        party.who.post("/sign-in/password/", password=self.password)
        party.who.post("/sign-in/recovery-code/", code=self.codes[which])
        self.did(party)

    @rule(name=parties, stolen=st.booleans(), by=st.sampled_from(["mail", "mail", "phone", "code"]))
    def replace_the_device(self, name: str, stolen: bool, by: str) -> None:
        """The whole journey, from a session or from the sign-in prompt, as far as it goes."""
        party, who = self.party(name), self.party(name).who
        self.begin(party)
        if by == "phone" and party.phones:
            self.clock.forward(31)
            who.answer("proof", code=party.phones[-1].code())
        elif by == "code" and name == "owner":
            who.answer("proof", code=self.codes[0])
        else:
            who.post("/security/reset/proof/mail/")
        who.answer("notice", **({"stolen": "on"} if stolen else {}))
        code = Enrollment.objects.of(self.user).filter(codes__isnull=False).order_by("-pk").first()
        if code:
            who.answer("code", code=people.codes.grouped(code.codes.latest("generation")))
        who.answer("verified")
        who.answer("app")
        page = who.screen("scan")
        if page.status_code != 200:
            return
        party.pairing = Phone(who.setup_key())
        who.answer("scan", name=f"{name}’s")
        before = Authenticator.objects.filter(user=self.user).count()
        held = Enrollment.objects.of(self.user).held().count()
        who.answer("confirm", code=party.pairing.code())
        self.refresh()
        if Authenticator.objects.filter(user=self.user).count() > before:
            self.did(party)
        if Authenticator.objects.filter(user=self.user).count() > before or (
            Enrollment.objects.of(self.user).held().count() > held
        ):
            party.phones.append(party.pairing)

    def begin(self, party: Party) -> None:
        if party.is_in:
            party.who.post("/security/reset/email/", email=self.user.email)
            party.who.answer("password", password=self.password)
            return
        party.who.post("/sign-in/", email=self.user.email)
        party.who.post("/sign-in/password/", password=self.password)
        party.who.post("/sign-in/code/new-device/")

    @rule(name=parties)
    def cancel(self, name: str) -> None:
        self.party(name).who.post("/security/reset/cancel/")

    @rule(which=st.integers(0, 5))
    def say_no_by_a_mailed_link(self, which: int) -> None:
        """Anybody who reads the mailbox can press it."""
        event = self.an_event(which)
        if event:
            self.owner.who.elsewhere().post(f"/security/undo/{links.refusal(event)}/")

    @rule(name=parties, which=st.integers(0, 5), with_code=st.booleans())
    def undo(self, name: str, which: int, with_code: bool) -> None:
        event, party = self.an_event(which), self.party(name)
        proof = self.codes[7] if with_code and name == "owner" else party.phones[0].code() if party.phones else "000000"
        if not event:
            return
        self.clock.forward(31)
        new = ANOTHER if self.password == PASSWORD else PASSWORD
        answer = party.who.post(
            f"/security/undo/{links.refusal(event)}/", password=self.password, code=proof, new_password=new
        )
        if "yours again" in answer.content.decode():
            self.password = new
            self.owner.signed_in_at_epoch = self.attacker.signed_in_at_epoch = None

    def an_event(self, which: int) -> Event | None:
        events = list(Event.objects.filter(person=self.user, kind__in=UNDOABLE).order_by("-pk")[:6])
        return events[which % len(events)] if events else None

    @rule(span=st.sampled_from([31, 600, 1900, 13 * 3600, 25 * 3600, 73 * 3600, 8 * 86400]))
    def time_passes(self, span: int) -> None:
        self.clock.forward(span)

    @precondition(lambda self: not self.user.security_profile.is_frozen)
    @rule(name=parties)
    def make_recovery_codes(self, name: str) -> None:
        party = self.party(name)
        if not party.is_in or not party.phones:
            return
        self.clock.forward(31)
        path = "/security/step-up/?for=recovery_codes&next=/security/recovery-codes/"
        party.who.post(path, password=self.password, code=party.phones[-1].code())
        before = RecoveryCodeSet.objects.count()
        party.who.post("/security/recovery-codes/")
        if RecoveryCodeSet.objects.count() > before:
            self.did(party)

    @invariant()
    def every_swap_is_of_a_row_of_the_table(self) -> None:
        swaps = Event.objects.filter(person=self.user, kind__in=SWAPS)
        assert {event.detail["row"] for event in swaps} <= set(Row)
        assert Authenticator.objects.filter(user=self.user).count() == 1 + swaps.count()
        for enrollment in Enrollment.objects.of(self.user).exclude(bound_at=None):
            assert enrollment.proof and enrollment.proved_at

    @invariant()
    def one_pairing_lives_in_the_slot(self) -> None:
        devices = Authenticator.objects.of(self.user)
        lives, protects = devices.filter(confirmed=True).count(), devices.paired().exists()
        was_undone = devices.filter(reported_stolen_at__isnull=False, suspended_at__isnull=False).exists()
        assert lives == (0 if was_undone and not devices.filter(confirmed=True).exists() else 1)
        assert protects
        assert devices.live().count() <= 1
        assert Enrollment.objects.of(self.user).open().count() <= 1
        assert Enrollment.objects.of(self.user).held().count() <= 1

    @invariant()
    def no_stale_session_lives(self) -> None:
        self.refresh()
        for party in (self.owner, self.attacker):
            if party.is_in:
                assert party.signed_in_at_epoch == self.user.security_epoch

    @invariant()
    def nobody_is_in_while_it_is_frozen(self) -> None:
        self.user.security_profile.refresh_from_db()
        if self.user.security_profile.is_frozen:
            assert not self.owner.is_in
            assert not self.attacker.is_in

    @invariant()
    def no_factor_is_lost_without_an_event_and_a_mail(self) -> None:
        replaced = Event.objects.filter(person=self.user, kind=Kind.AUTHENTICATOR_REPLACED)
        told = {event.detail["old_device"]: event for event in replaced}
        thawed = Event.objects.filter(person=self.user, kind=Kind.ACCOUNT_THAWED)
        for device in Authenticator.objects.filter(user=self.user, confirmed=False):
            event = told.get(device.public_id) or thawed.first()
            assert event, device.name
            assert OutboxMessage.objects.filter(event=event, address=self.user.email).exists()

    @invariant()
    def the_chain_is_whole(self) -> None:
        assert chain.first_break(self.user.pk) is None


@pytest.mark.django_db
def test_owner_and_attacker_in_whatever_order(clock):
    OwnerAndAttacker.clock = clock
    run_state_machine_as_test(
        OwnerAndAttacker,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
