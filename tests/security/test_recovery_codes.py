"""Recovery codes as a flow: made after a fresh proof, each good once, one slow hash a guess."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import transaction
from django.utils import timezone

from security import outbox
from security.actor import Actor
from security.conf import conf
from security.flows import challenge, recovery_codes
from security.models import Event, Kind, RecoveryCode, RecoveryCodeSet, SecurityProfile, Throttle
from security.models.throttle import Factor
from security.refusals import Reason, Refusal
from security.reset import flow as reset
from security.sessions import SessionStore
from tests.people import add_codes
from tests.walls import text_of_the_database

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
WRONG = "ABCD-EFGH-JKLM-NPQR"


class CountingHasher(MD5PasswordHasher):
    """Counts how often it was made to work."""

    calls = 0

    def encode(self, password, salt):
        type(self).calls += 1
        return super().encode(password, salt)


@pytest.fixture
def hasher(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.calls = 0
    return CountingHasher


def use(someone, typed, purpose="sign_in", **more):
    with transaction.atomic():
        challenge.hold(someone.user)
        return recovery_codes.use(someone.user, typed, actor=HERE, purpose=purpose, **more)


def reason(outcome):
    return outcome.reason if isinstance(outcome, Refusal) else None


def make(someone):
    return recovery_codes.make(someone.user, session=SessionStore(), actor=HERE)


# How they are made.


def test_ten_codes_of_65_secret_bits_without_look_alikes(owner):
    codes = add_codes(owner.user)
    assert len(codes) == len(set(codes)) == conf.RECOVERY_CODES == 10
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert not set(code) & set("IO01")
    assert (recovery_codes.LENGTH - 1 - 2) * 5 == 65
    assert len(recovery_codes.ALPHABET) == len(set(recovery_codes.ALPHABET)) == 32


def test_a_thousand_codes_never_repeat_and_use_every_sign():
    codes = [code for _ in range(100) for code in recovery_codes._invented()]
    assert len({code[:-2] for code in codes}) == 1000
    assert set("".join(codes)) == set(recovery_codes.ALPHABET)


def test_a_slow_hash_with_a_salt_of_its_own_is_kept_of_each(owner, settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
    code = add_codes(owner.user)[6]
    hashes = list(RecoveryCode.objects.values_list("hashed", flat=True))
    assert all(hashed.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$") for hashed in hashes)
    assert len({hashed.split("$")[4] for hashed in hashes}) == 10
    assert reason(use(owner, code)) is None


def test_no_two_of_a_set_begin_alike(owner):
    assert len({code[0] for code in add_codes(owner.user)}) == 10


def test_neither_database_nor_record_nor_mail_nor_log_nor_report_holds_a_code(owner, caplog):
    codes = add_codes(owner.user)
    use(owner, codes[0])
    recovery_codes.rehearse(owner.user, 2, codes[1][-2:], actor=HERE)
    outbox.sweep()
    mails = [part for message in mail.outbox for part in (message.subject, message.body, str(message.alternatives))]
    places = "\n".join([text_of_the_database(), *mails, caplog.text, repr(make(owner))])
    for code in codes:
        assert code not in places
        assert code.replace("-", "") not in places
        assert code.replace("-", "")[1:-2] not in places


def test_new_ones_void_the_old_ones(owner):
    old, new = add_codes(owner.user), add_codes(owner.user)
    assert RecoveryCodeSet.objects.of(owner.user).live().count() == 1
    assert reason(use(owner, old[0])) == Reason.WRONG_RECOVERY_CODE
    assert reason(use(owner, new[0])) is None


def test_making_them_is_told_to_every_address(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.com", owner.user.joined_at
    owner.user.save()
    add_codes(owner.user)
    outbox.sweep()
    assert {message.to[0] for message in mail.outbox} == {"owner@example.com", "spare@example.com"}
    assert {message.subject for message in mail.outbox} == {"New recovery codes were made"}


def test_a_password_alone_makes_none(newcomer):
    assert reason(make(newcomer)) == Reason.NO_DEVICE
    assert not RecoveryCodeSet.objects.exists()
    assert not Event.objects.exists()


def test_on_probation_the_flow_itself_asks_how_old_the_proof_is(owner, clock):
    session = owner.sign_in().client.session
    assert session.person == owner.user
    SecurityProfile.objects.update(probation_since=timezone.now(), probation_until=timezone.now() + timedelta(hours=72))
    session.row.fresh_since = timezone.now()
    assert reason(recovery_codes.make(owner.user, session=session, actor=HERE)) == Reason.ON_PROBATION
    session.row.fresh_since = timezone.now() - timedelta(days=1)
    assert reason(recovery_codes.make(owner.user, session=session, actor=HERE)) is None


# How they are used.


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.lower().replace('-', ' - ')}\t",
        lambda code: code.replace("-", "\u2011"),  # the hyphen that word processors put there
        lambda code: " ".join(code),
    ],
)
def test_case_spaces_and_hyphens_do_not_matter(owner, typed):
    code = add_codes(owner.user)[3]
    assert reason(use(owner, typed(code))) is None


@pytest.mark.parametrize("typed", ["", "   ", "ABCD", WRONG + "S", "I" * 16, "0" * 16, "Ａ" * 16, "\0" * 16, "é" * 16])
def test_whatever_else_is_typed_is_wrong_and_hashes_nothing(owner, hasher, typed):
    add_codes(owner.user)
    hasher.calls = 0
    assert reason(use(owner, typed)) == Reason.WRONG_RECOVERY_CODE
    assert hasher.calls == 0


def test_a_guess_costs_one_slow_hash_and_not_ten(owner, hasher):
    codes = add_codes(owner.user)
    assert hasher.calls == 10
    for typed in (codes[0], codes[1][:-1] + ("A" if codes[1][-1] != "A" else "B")):
        hasher.calls = 0
        use(owner, typed)
        assert hasher.calls == 1


def test_a_guess_costs_one_slow_hash_even_where_older_sets_count(owner, clock, hasher):
    for _ in range(5):
        old = add_codes(owner.user)
        clock.forward(1)
    change = timezone.now()
    clock.forward(1)
    for _ in range(5):
        add_codes(owner.user)
        clock.forward(1)
    for slot in recovery_codes.ALPHABET[:4]:
        hasher.calls = 0
        among = RecoveryCodeSet.objects.of(owner.user).older_than(change)
        use(owner, slot + "A" * 15, "contest", among=among)
        assert hasher.calls <= 1
    Throttle.objects.all().delete()
    among = RecoveryCodeSet.objects.of(owner.user).older_than(change)
    assert reason(use(owner, old[0], "contest", among=among)) is None


def test_a_code_is_good_once(owner):
    codes = add_codes(owner.user)
    assert reason(use(owner, codes[0])) is None
    assert reason(use(owner, codes[0])) == Reason.WRONG_RECOVERY_CODE
    assert reason(use(owner, codes[1])) is None
    assert recovery_codes.state(owner.user).left == 8


def test_a_code_of_somebody_else_is_wrong(owner, stranger):
    codes = add_codes(stranger.user)
    add_codes(owner.user)
    assert reason(use(owner, codes[0])) == Reason.WRONG_RECOVERY_CODE
    assert reason(use(stranger, codes[0])) is None


def test_wrong_ones_are_counted_a_person_like_any_factor_and_apart_from_the_others(owner, clock):
    code = add_codes(owner.user)[0]
    for _ in range(5):
        assert reason(use(owner, WRONG)) == Reason.WRONG_RECOVERY_CODE
    refusal = use(owner, code)
    assert (refusal.reason, refusal.until) == (Reason.WAIT, timezone.now() + timedelta(seconds=30))
    assert list(Throttle.objects.values_list("factor", flat=True)) == [Factor.RECOVERY_CODE]
    clock.forward(31)
    assert reason(use(owner, code)) is None


def test_each_use_is_told_with_the_number_left(owner, clock):
    codes = add_codes(owner.user)
    for code in codes[:8]:
        use(owner, code)
    outbox.sweep()
    used = [message.body for message in mail.outbox if message.subject == "A recovery code was used"]
    assert ["You have 9 codes left." in used[0], "used to sign in" in used[0], "Make new ones" in used[0]] == [
        True,
        True,
        False,
    ]
    assert "You have 2 codes left." in used[7]
    assert "Make new ones on Sign in & security." in used[7]
    use(owner, codes[8])
    use(owner, codes[9], "enrollment")
    outbox.sweep()
    assert "used to set up a new device" in mail.outbox[-1].body
    assert "That was the last one. Make new ones" in " ".join(mail.outbox[-1].body.split())


def test_a_suspended_set_signs_nobody_in_and_still_contests(owner, clock):
    codes = add_codes(owner.user)
    clock.forward(10)
    change = timezone.now()
    recovery_codes.suspend(owner.user)
    clock.forward(10)
    assert reason(use(owner, codes[0])) == Reason.WRONG_RECOVERY_CODE
    assert recovery_codes.state(owner.user) is None
    assert recovery_codes.kept(owner.user)[1] == change
    among = RecoveryCodeSet.objects.of(owner.user).older_than(change)
    assert reason(use(owner, codes[1], "contest", among=among)) is None


def test_a_set_that_was_replaced_contests_for_seven_days(owner, clock):
    codes = add_codes(owner.user)
    clock.forward(10)
    change = timezone.now()
    add_codes(owner.user)
    among = RecoveryCodeSet.objects.of(owner.user)
    assert reason(use(owner, codes[0], "contest", among=among.older_than(change))) is None
    clock.forward(days=7)
    assert reason(use(owner, codes[1], "contest", among=among.older_than(change))) == Reason.WRONG_RECOVERY_CODE


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        ("123456", False),
        ("123 456", False),
        ("+123456", False),
        ("12_3456", False),
        ("", False),
        ("abcd-efgh-jklm-npqr", True),
        ("abcd-efgh-jklm-np", True),
        ("2345 6789 2345 6789", True),
        ("o123456", True),
    ],
)
def test_what_has_letters_is_meant_as_a_recovery_code(typed, is_one):
    assert recovery_codes.is_meant_by(typed) is is_one


def test_a_mistyped_recovery_code_is_no_failure_of_the_app(owner, clock):
    code = add_codes(owner.user)[0]
    with transaction.atomic():
        challenge.hold(owner.user)
        refusal = challenge.prove(owner.user, code[:-1], actor=HERE, purpose="step_up")
    assert refusal.reason == Reason.WRONG_RECOVERY_CODE
    assert list(Throttle.objects.values_list("factor", flat=True)) == [Factor.RECOVERY_CODE]


def test_row_8_no_code_of_staff_is_spent_where_it_would_be_no_way(staff, clock):
    code = add_codes(staff.user)[0]
    staff.sign_in().walk_to("proof")
    refusal = reset.prove(staff.enrollment, code, actor=HERE)
    assert refusal.reason == Reason.NOT_OFFERED
    assert recovery_codes.state(staff.user).left == 10
    assert not Event.objects.filter(kind=Kind.RECOVERY_CODE_USED).exists()
