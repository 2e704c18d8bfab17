"""Which language is spoken: what the browser asks for, until somebody chooses; what is chosen is theirs for good."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import translation

from accounts.flows import accounts
from security import outbox
from security.actor import Actor
from tests.people import FIREFOX, PASSWORD
from tests.sheets import prove

pytestmark = pytest.mark.django_db
OWN_NAMES = ["English", "français", "italiano", "Deutsch", "español", "português", "Nederlands"]


def spoken(answer):
    return answer.content.decode().split('<html lang="')[1][:2]


def test_the_selector_names_every_language_by_its_own_name_in_its_own_language(client):
    page = client.get("/sign-in/").content.decode()
    assert [name for _, name in settings.LANGUAGES] == OWN_NAMES
    for code, name in settings.LANGUAGES:
        assert f'name="language" value="{code}" lang="{code}"' in page
        assert f">{name}</button>" in page


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("de", "de"), ("de-AT,en;q=0.5", "de"), ("pt-BR", "pt"), ("ja", "en"), ("", "en"), ("x" * 5000, "en")],
)
def test_a_visitor_is_spoken_to_as_their_browser_asks(client, wanted, language):
    assert spoken(client.get("/sign-in/", headers={"Accept-Language": wanted})) == language


@pytest.mark.parametrize("code", [code for code, _ in settings.LANGUAGES])
def test_what_a_visitor_chooses_stays_and_leads_back_to_the_page(client, code):
    answer = client.post("/language/", {"language": code, "next": "/forgot-password/"})
    assert (answer.status_code, answer.url) == (302, "/forgot-password/")
    assert spoken(client.get("/forgot-password/", headers={"Accept-Language": "ja"})) == code
    cookie = answer.cookies["language"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("made_up", ["xx", "", "klingon", "de\r\nSet-Cookie: a=b", "../../etc", "x" * 5000, "\0"])
def test_a_language_that_we_do_not_have_changes_nothing(client, made_up):
    answer = client.post("/language/", {"language": made_up, "next": "/sign-in/"})
    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    assert "language" not in answer.cookies


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_it_leads_to_no_other_site(client, elsewhere):
    assert client.post("/language/", {"language": "de", "next": elsewhere}).url == "/"


def test_looking_at_its_address_chooses_nothing(client):
    assert client.get("/language/?language=de").url == "/"
    assert spoken(client.get("/sign-in/")) == "en"


def test_who_is_signed_in_keeps_it_on_their_account_in_every_browser(owner):
    owner.sign_in()
    owner.post("/language/", language="fr", next="/security/")
    owner.user.refresh_from_db()
    assert owner.user.language == "fr"
    assert spoken(owner.get("/security/")) == "fr"
    other = owner.elsewhere()
    other.sign_in(ahead=1)
    assert spoken(other.get("/account/")) == "fr"


def test_the_header_of_the_answer_says_what_is_spoken(owner, client):
    assert client.get("/sign-in/", headers={"Accept-Language": "nl"})["Content-Language"] == "nl"
    owner.sign_in()
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="fr")
    answer = owner.client.get("/security/", headers={"Accept-Language": "nl"})
    assert answer["Content-Language"] == spoken(answer) == "fr"


def test_what_is_chosen_before_signing_in_is_spoken_on_the_way_and_kept(owner):
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="en")
    owner.post("/language/", language="nl", next="/sign-in/")
    owner.give_password()
    assert spoken(owner.get("/sign-in/code/")) == "nl"
    owner.post("/sign-in/code/", code=owner.phone.code())
    assert spoken(owner.get("/account/")) == "nl"
    owner.user.refresh_from_db()
    assert owner.user.language == "nl"


def test_somebody_locked_out_is_led_in_what_they_chose(owner):
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="en")
    owner.post("/language/", language="it", next="/sign-in/")
    owner.begin_locked_out()
    assert spoken(owner.get("/security/reset/notice/")) == "it"


def test_who_never_chose_gets_what_the_browser_asks_for_and_it_is_theirs_from_the_first_sign_in(owner):
    assert owner.user.language == ""
    german = owner.elsewhere()
    german.client = Client(headers={"User-Agent": FIREFOX, "Accept-Language": "de"})
    german.post("/sign-in/", email=owner.user.email)
    german.post("/sign-in/password/", password=PASSWORD)
    assert spoken(german.get("/sign-in/code/")) == "de"
    german.post("/sign-in/code/", code=owner.phone.code())
    owner.user.refresh_from_db()
    assert owner.user.language == "de"


def test_a_refusal_speaks_the_language_of_the_page_it_stands_on(owner):
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="de")
    owner.give_password()
    answer = owner.post("/sign-in/code/", code="000000")
    page = answer.content.decode()
    assert '<html lang="de"' in page
    assert "Dieser Code stimmt nicht" in page
    assert answer["Content-Language"] == "de"


def test_codes_that_are_shown_once_are_not_lost_to_the_selector(owner, clock):
    owner.sign_in()
    clock.forward(31)
    prove(owner)
    page = owner.post("/security/recovery-codes/").content.decode()
    assert "Your new recovery codes" in page
    assert 'name="language"' not in page
    assert 'name="language"' in owner.get("/security/recovery-codes/").content.decode()


def test_an_invitation_speaks_the_language_of_its_account(db, client):
    accounts.create("lea@example.com", None, actor=Actor.operator("root"), language="fr")
    outbox.sweep()
    link = "/invitation/" + mail.outbox[-1].body.split("/invitation/")[1].split()[0]
    assert spoken(client.get(link)) == "fr"


def test_a_mail_is_not_written_in_the_language_of_whoever_asks_for_it(owner):
    with translation.override("de"):
        owner.post("/forgot-password/", email=owner.user.email)
        outbox.sweep()
    assert mail.outbox[-1].extra_headers["Content-Language"] == "en"


def test_a_browser_of_another_language_does_not_change_what_was_chosen(owner):
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="es")
    german = owner.elsewhere()
    german.client = Client(headers={"User-Agent": FIREFOX, "Accept-Language": "de"})
    german.post("/sign-in/", email=owner.user.email)
    german.post("/sign-in/password/", password=PASSWORD)
    german.post("/sign-in/code/", code=owner.phone.code())
    assert spoken(german.get("/account/")) == "es"


def test_mails_speak_the_language_of_the_account(owner, clock):
    type(owner.user).objects.filter(pk=owner.user.pk).update(language="de")
    owner.sign_in().walk_to("code")
    outbox.sweep()
    letter = mail.outbox[-1]
    assert letter.extra_headers["Content-Language"] == "de"
    assert '<html lang="de"' in letter.alternatives[0].content
