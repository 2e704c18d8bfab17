"""Recovery codes as people live with them: made after a fresh proof, shown once, saved, and checked."""

import re

import pytest
from django.core import mail

from security import outbox
from security.models import Event, Kind, RecoveryCode, RecoveryCodeSet, TrustedBrowser
from tests.people import PASSWORD
from tests.races.together import twin
from tests.sheets import CODE, DOWNLOAD, PAGE, REHEARSE, STEP_UP, made_by, prove, shown_by, text, with_code
from tests.web import alert_of


def last_two(someone, codes):
    """The right answer to the question of the rehearsal."""
    number = re.search(r"last two characters of code (\d+)", text(someone.get(REHEARSE)))
    return int(number[1]), codes[int(number[1]) - 1][-2:]


def test_codes_are_made_after_a_fresh_proof_and_shown_once(owner, clock):
    owner.sign_in()
    assert "Make some" in text(owner.get("/security/"))
    assert "Make new codes" in text(owner.get(PAGE))
    assert owner.post(PAGE).url == STEP_UP
    assert "about to make recovery codes" in text(owner.get(STEP_UP))
    assert prove(owner).url == PAGE
    assert "We know now that it is you." in text(owner.get(PAGE))

    shown = owner.post(PAGE)
    assert shown.status_code == 200
    assert len(shown_by(shown)) == 10
    assert "Save them now: they are not shown again." in text(shown)
    assert "no-store" in shown["Cache-Control"]

    page = text(owner.get(PAGE))
    assert "10 of 10 left" in page
    assert not CODE.search(page)
    assert "10 left" in text(owner.get("/security/"))
    outbox.sweep()
    assert [message.subject for message in mail.outbox] == ["New recovery codes were made"]
    assert not CODE.search(mail.outbox[0].body)


def test_a_reload_of_the_codes_needs_a_new_proof(owner, clock):
    codes = made_by(owner.sign_in())
    assert owner.post(PAGE).url == STEP_UP
    assert RecoveryCodeSet.objects.count() == 1
    clock.forward(61)
    assert set(made_by(owner)).isdisjoint(codes)
    assert with_code(owner.elsewhere(), codes[0]).status_code == 200


def test_the_same_form_sent_twice_makes_one_list_and_signs_nobody_out(owner, clock):
    prove(owner.sign_in())
    late = twin(owner)
    owner.post(PAGE)
    answer = late.post(PAGE)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "Made 24 November 2036, 12:00" in text(late.get(PAGE))
    assert RecoveryCodeSet.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("path", [PAGE, DOWNLOAD, REHEARSE, "/security/", "/account/", "/security/activity/"])
def test_no_page_that_is_looked_at_ever_shows_a_code(owner, clock, method, path):
    codes = made_by(owner.sign_in())
    body = text(getattr(owner.client, method)(path))
    assert not [code for code in codes if code in body or code.replace("-", "") in body]


@pytest.mark.parametrize(
    ("password", "ahead", "said"),
    [("not the password", 1, "That password is not right"), (PASSWORD, 0, "This code was used already")],
)
def test_without_the_whole_proof_there_are_no_codes(owner, clock, password, ahead, said):
    owner.sign_in()
    assert said in alert_of(prove(owner, owner.phone.code(ahead), password))
    assert owner.post(PAGE).url == STEP_UP
    assert not RecoveryCodeSet.objects.exists()


def test_a_proof_for_something_else_makes_none(owner, clock):
    owner.sign_in()
    owner.post("/security/step-up/?for=password", next=PAGE, password=PASSWORD, code=owner.phone.code(ahead=1))
    assert owner.post(PAGE).url == STEP_UP
    assert not RecoveryCodeSet.objects.exists()


def test_making_them_ends_every_other_session_and_no_trust_is_left(owner, clock):
    other = owner.elsewhere().sign_in()
    clock.forward(31)
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    clock.forward(31)
    made_by(owner)
    assert other.get("/account/").status_code == 302
    assert owner.get("/account/").status_code == 200
    assert not TrustedBrowser.objects.live().exists()


def test_a_trusted_browser_is_asked_for_a_proof_to_look_and_to_make(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    owner.post("/sign-out/")
    assert owner.give_password().url == "/account/"
    for path in (PAGE, REHEARSE):
        assert owner.get(path).url.startswith("/security/step-up/")
        assert owner.post(path).url.startswith("/security/step-up/")
    assert not RecoveryCodeSet.objects.exists()


def test_a_password_alone_neither_shows_nor_makes_codes(newcomer, clock):
    newcomer.sign_in()
    page = text(newcomer.get(PAGE))
    assert "Enable enhanced security" in page
    assert "Make new codes" not in page
    assert "Recovery codes" not in text(newcomer.get("/security/"))
    assert newcomer.post(PAGE).url == STEP_UP
    newcomer.post(STEP_UP, next=PAGE, password=PASSWORD)
    refused = newcomer.post(PAGE)
    assert "Enable enhanced security first." in alert_of(refused)
    assert not CODE.search(text(refused))
    assert not RecoveryCodeSet.objects.exists()
    assert newcomer.get(REHEARSE).url == PAGE


# Saving them.


def test_the_file_holds_the_codes_and_whose_they_are(owner, clock):
    codes = made_by(owner.sign_in())
    file = owner.post(DOWNLOAD, codes=" ".join(codes))
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in file["Cache-Control"]
    lines = file.content.decode().splitlines()
    assert lines[:4] == ["My Account", "owner@example.com", "24 November 2036", ""]
    assert lines[4:] == [f"{number:2}  {code}" for number, code in enumerate(codes, 1)]


def test_the_page_carries_the_codes_into_the_file_by_itself(owner, clock):
    assert prove(owner.sign_in()).url == PAGE
    shown = owner.post(PAGE)
    carried = re.search(r'name="codes" value="([^"]*)"', text(shown))[1]
    assert carried.split() == shown_by(shown)
    assert owner.post(DOWNLOAD, codes=carried).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda codes: "",
        lambda codes: " ".join(codes[:9]),
        lambda codes: " ".join([*codes, codes[0]]),
        lambda codes: " ".join([*codes[:9], "<script>alert(1)</script>"]),
        lambda codes: " ".join([*codes[:9], "A" * 17]),
        lambda codes: " ".join(codes) * 90,
        lambda codes: " ".join([*codes[:9], codes[9] + "\x00=cmd()"]),
    ],
)
def test_nothing_but_a_sheet_of_codes_becomes_a_file(owner, clock, change):
    codes = made_by(owner.sign_in())
    assert owner.post(DOWNLOAD, codes=change(codes)).url == PAGE


def test_the_address_of_the_file_gives_nothing_away(owner, clock):
    made_by(owner.sign_in())
    assert owner.get(DOWNLOAD).url == PAGE
    assert owner.elsewhere().get(DOWNLOAD).url.startswith("/sign-in/")
    assert owner.elsewhere().post(DOWNLOAD, codes="x").url.startswith("/sign-in/")


def test_two_characters_show_that_they_were_saved(owner, clock):
    codes = made_by(owner.sign_in())
    assert "You have not checked yet" in text(owner.get(PAGE))
    number, answer = last_two(owner, codes)
    wrong = owner.post(REHEARSE, position=number, code="??")
    assert "Those are not its last two characters." in alert_of(wrong)
    assert f"code {number}" in text(wrong)
    assert owner.post(REHEARSE, position=number, code=answer.lower()).url == PAGE
    page = text(owner.get(PAGE))
    assert "You checked on 24 November 2036, 12:00 that you have them." in page
    assert "10 of 10 left" in page
    assert Event.objects.filter(kind=Kind.RECOVERY_CODES_REHEARSED).count() == 1


def test_an_answer_that_comes_after_midnight_is_for_the_code_that_was_asked(owner, clock):
    codes = made_by(owner.sign_in())
    number, answer = last_two(owner, codes)
    for other in range(1, 11):
        if other != number:
            assert owner.post(REHEARSE, position=other, code=codes[other - 1][-2:]).url == PAGE
    assert owner.post(REHEARSE, position=number, code=answer).url == PAGE


@pytest.mark.parametrize("position", ["", "0", "11", "-1", "x", "9" * 40, "²"])
def test_a_number_that_no_code_has_is_asked_again(owner, clock, position):
    codes = made_by(owner.sign_in())
    number, answer = last_two(owner, codes)
    assert f"code {number}" in text(owner.post(REHEARSE, position=position, code=""))
    assert owner.post(REHEARSE, position=position, code=answer).url == PAGE


def test_too_many_wrong_characters_close_the_rehearsal_for_a_while_and_say_so(owner, clock):
    codes = made_by(owner.sign_in())
    number, answer = last_two(owner, codes)
    for _ in range(5):
        owner.post(REHEARSE, position=number, code="??")
    assert "Wait 30 seconds" in alert_of(owner.post(REHEARSE, position=number, code=answer))
    clock.forward(31)
    assert owner.post(REHEARSE, position=number, code=answer).url == PAGE


def test_whoever_runs_out_is_warned(owner, clock):
    codes = made_by(owner.sign_in())
    RecoveryCode.objects.filter(position__lte=7).update(used_at="2036-11-24T12:00:00Z")
    assert "Make new codes before" not in text(owner.get(PAGE))
    with_code(owner.elsewhere(), codes[7])
    assert "Only 2 codes are left. Make new codes before you run out." in text(owner.get(PAGE))
    assert "They are running out." in text(owner.get("/security/"))
    with_code(owner.elsewhere(), codes[8])
    assert "Only 1 code is left." in text(owner.get(PAGE))
    with_code(owner.elsewhere(), codes[9])
    assert "Every code was used." in text(owner.get(PAGE))
    assert owner.get(REHEARSE).url == PAGE
    last = owner.elsewhere()
    last.give_password()
    assert "Use a recovery code" not in text(last.get("/sign-in/code/"))
