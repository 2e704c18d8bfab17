"""The page of a device: what it says, its name, and how it is removed; the last one never is."""

import html
import re

import pytest
from django.core import mail
from django.utils import timezone

from security import outbox
from security.models import Authenticator, Enrollment, Event, Kind, TrustedBrowser
from tests.people import PASSWORD, Phone, add_device
from tests.trust import sign_in_and_trust
from tests.web import alert_of


def path_of(name, more=""):
    return f"/security/devices/{Authenticator.objects.get(name=name).public_id}/{more}"


def text_of(answer):
    page = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def prove_for_removal(someone, clock):
    clock.forward(31)
    answer = someone.post(
        "/security/step-up/?for=remove_device", password=PASSWORD, code=someone.phone.code(), next="/security/"
    )
    assert answer.url == "/security/"


@pytest.fixture
def of_two(owner, clock):
    """The owner, signed in, with a second device."""
    owner.tablet = add_device(owner.user, "Tablet")
    Authenticator.objects.filter(name="Tablet").update(bound_from="Firefox (Linux), 192.0.2.1", proof="recovery_code")
    return owner.sign_in()


def test_the_overview_leads_to_it(of_two):
    page = of_two.get("/security/").content.decode()
    for name in ("Old phone", "Tablet"):
        assert f'<a href="{path_of(name)}">{name}</a>' in page


def test_it_says_what_we_know(of_two):
    said = text_of(of_two.get(path_of("Tablet")))
    assert "Added 24 November 2036, 12:00 · Firefox (Linux), 192.0.2.1" in said
    assert "You confirmed it with a recovery code." in said
    assert "Not used since" in said
    assert "Last used today, 12:00" in text_of(of_two.get(path_of("Old phone")))


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        ("authenticator", "a code of a device that you had"),
        ("mailed_code", "a code that was sent by e-mail"),
        ("passkey", "a passkey"),
        ("staff", "Our support helped you"),
    ],
)
def test_it_says_how_it_was_proven(of_two, proof, words):
    Authenticator.objects.filter(name="Tablet").update(proof=proof)
    assert words in text_of(of_two.get(path_of("Tablet")))


def test_it_leads_to_the_reset_of_this_device(of_two):
    path = path_of("Tablet")
    page = of_two.get(path).content.decode()
    [link] = re.findall(r'href="([^"]*)">Reset for a new device<', page)
    assert link == f"/security/reset/email/?device={Authenticator.objects.get(name='Tablet').public_id}"
    assert "You are about to replace “Tablet”." in text_of(of_two.get(link))


def test_it_is_renamed(of_two):
    path = path_of("Tablet")
    assert of_two.post(path, name="  Kitchen tablet ").url == path
    assert "Kitchen tablet" in text_of(of_two.get(path))
    event = Event.objects.get(kind=Kind.AUTHENTICATOR_RENAMED)
    assert (event.detail["old_name"], event.detail["name"]) == ("Tablet", "Kitchen tablet")
    of_two.post(path, name="Kitchen tablet")
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_RENAMED).count() == 1  # that was no change
    of_two.post(path, name="")
    assert "Authenticator app" in text_of(of_two.get(path))


@pytest.mark.parametrize("name", ["x" * 65, "two\nlines", "a\u202eb", "tab\there"])
def test_a_name_that_cannot_be_is_refused_beside_its_field(of_two, name):
    page = of_two.post(path_of("Tablet"), name=name)
    assert page.status_code == 200
    assert alert_of(page)
    assert html.escape(name, quote=False).split("\n")[0] in page.content.decode()
    assert Authenticator.objects.filter(name="Tablet").exists()


def test_a_name_is_shown_as_it_is(of_two):
    path = path_of("Tablet")
    of_two.post(path, name="<b>’Robin’</b> & co")
    for page in (of_two.get(path), of_two.get("/security/")):
        assert "&lt;b&gt;’Robin’&lt;/b&gt; &amp; co" in page.content.decode()


def test_the_device_of_somebody_else_is_not_found(of_two, stranger):
    stranger.sign_in(ahead=0)
    own = Authenticator.objects.get(user=of_two.user, name="Tablet").public_id
    for public_id in (own, "0" * 24, "x", "%00"):
        assert stranger.get(f"/security/devices/{public_id}/").status_code == 404
        assert stranger.post(f"/security/devices/{public_id}/", name="Mine").status_code == 404
    assert Authenticator.objects.get(public_id=own).name == "Tablet"


def test_nor_one_that_signs_nobody_in_any_more(of_two):
    path = path_of("Tablet")
    Authenticator.objects.filter(name="Tablet").update(confirmed=False, revoked_at=timezone.now())
    assert of_two.get(path).status_code == 404


def test_after_ten_minutes_it_asks_for_a_code(of_two, clock):
    clock.forward(601)
    for answer in (of_two.get(path_of("Tablet")), of_two.post(path_of("Tablet"), name="Mine")):
        assert answer.url.startswith("/security/step-up/?next=")
    assert Authenticator.objects.filter(name="Tablet").exists()


def test_removing_asks_for_password_and_code_even_right_after_signing_in(of_two):
    for method in (of_two.get, of_two.post):
        answer = method(path_of("Tablet", "remove/"))
        assert answer.url.startswith("/security/step-up/?next=")
        assert answer.url.endswith("&for=remove_device")
    page = of_two.get(answer.url).content.decode()
    assert "You are about to remove a device." in page
    assert "We ask for your password and a code." in page
    assert Authenticator.objects.get(name="Tablet").confirmed


def test_it_is_removed_at_once_and_everything_else_ends(of_two, clock):
    trusting = of_two.elsewhere()
    clock.forward(31)
    sign_in_and_trust(trusting)
    path = path_of("Tablet", "remove/")
    prove_for_removal(of_two, clock)
    page = text_of(of_two.get(path))
    assert "Remove “Tablet”?" in page
    assert "Everywhere else you are signed out" in page
    assert of_two.post(path).url == "/security/"
    assert "Tablet" not in text_of(of_two.get("/security/"))
    assert trusting.get("/account/").status_code == 302
    assert not TrustedBrowser.objects.of(of_two.user).live().exists()
    other = of_two.elsewhere()
    other.give_password()
    assert other.post("/sign-in/code/", code=of_two.tablet.code()).status_code == 200
    clock.forward(31)
    assert other.post("/sign-in/code/", code=of_two.phone.code()).url == "/account/"
    outbox.sweep()
    [letter] = [message for message in mail.outbox if "removed" in message.subject]
    assert "Tablet" in letter.body
    assert "/security/undo/" in letter.body


def test_a_proof_removes_one_device(of_two, clock):
    add_device(of_two.user, "Laptop")
    prove_for_removal(of_two, clock)
    assert of_two.post(path_of("Tablet", "remove/")).url == "/security/"
    assert of_two.post(path_of("Laptop", "remove/")).url.startswith("/security/step-up/")
    assert Authenticator.objects.get(name="Laptop").confirmed


def test_the_last_one_cannot_be_removed(owner, clock):
    owner.sign_in()
    page = owner.get(path_of("Old phone"))
    assert "remove/" not in page.content.decode()
    assert "can be replaced but not removed" in text_of(page)
    prove_for_removal(owner, clock)
    assert "Reset for a new device" in text_of(owner.get(path_of("Old phone", "remove/")))
    refused = owner.post(path_of("Old phone", "remove/"))
    assert refused.status_code == 200
    assert "This is your last way in." in alert_of(refused)
    assert Authenticator.objects.get().confirmed


def test_a_device_that_is_suspended_does_not_count(of_two, clock):
    Authenticator.objects.filter(name="Tablet").update(confirmed=False, suspended_at=timezone.now())
    prove_for_removal(of_two, clock)
    assert "This is your last way in." in alert_of(of_two.post(path_of("Old phone", "remove/")))


def test_removing_ends_a_reset_that_is_under_way(of_two, clock):
    other = of_two.elsewhere()
    clock.forward(31)
    other.sign_in().walk_to("confirm")
    prove_for_removal(of_two, clock)
    of_two.post(path_of("Tablet", "remove/"))
    assert Enrollment.objects.get().ended_at
    assert Authenticator.objects.of(of_two.user).live().count() == 1


def test_who_has_one_way_in_is_told_to_keep_two(owner, newcomer, clock):
    assert "Keep two ways in" in text_of(owner.sign_in().get("/security/"))
    add_device(owner.user, "Tablet")
    assert "Keep two ways in" not in text_of(owner.get("/security/"))
    assert "Keep two ways in" not in text_of(newcomer.sign_in().get("/security/"))


def test_recovery_codes_are_a_second_way(owner, clock):
    from security.actor import Actor
    from security.flows import recovery_codes

    session = owner.sign_in().client.session
    assert session.person == owner.user
    recovery_codes.make(owner.user, session=session, actor=Actor())
    clock.forward(31)
    assert "Keep two ways in" not in text_of(owner.elsewhere().sign_in().get("/security/"))


def test_another_device_is_added_by_a_device_and_removes_nothing(of_two, clock):
    of_two.post("/security/reset/email/?add=1", email=of_two.user.email)
    of_two.walk_to("scan", "old code")
    of_two.new_phone = Phone(of_two.setup_key())
    of_two.answer("scan", name="Watch")
    assert of_two.answer_right("confirm").url == "/security/"
    assert {device.name for device in Authenticator.objects.live()} == {"Old phone", "Tablet", "Watch"}
    assert "You confirmed it with a code of a device that you had." in text_of(of_two.get(path_of("Watch")))
