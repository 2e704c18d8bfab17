"""A session that is ended, or given another key, while a request of the same browser is still in its view."""

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client

from accounts.models import User
from security.models import Authenticator, Session
from security.reset import start, views
from security.sessions import SessionStore
from tests.people import FIREFOX
from tests.walls import everything

COOKIE = settings.SESSION_COOKIE_NAME


def twin(someone):
    """Another request of the same browser, with the cookies as they are now."""
    client = Client(headers={"User-Agent": FIREFOX})
    client.cookies.update(someone.client.cookies)
    return client


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets something happen once, before or after this function of a view is called."""

    def arrange(place, name, what, *, after=False):
        whole = getattr(place, name)

        def interrupted(*args, **kwargs):
            monkeypatch.setattr(place, name, whole)
            if not after:
                what()
            outcome = whole(*args, **kwargs)
            if after:
                what()
            return outcome

        monkeypatch.setattr(place, name, interrupted)

    return arrange


def is_deleted(owner):
    Session.objects.all().delete()


def is_signed_out(owner):
    assert twin(owner).post("/sign-out/").status_code == 302


def at_email(owner):
    owner.sign_in()
    return start, "begin"


def at_password(owner):
    owner.sign_in().walk_to("password")
    return User, "check_password"


def at_confirm(owner):
    owner.sign_in().walk_to("confirm")
    return views, "_finish"  # before its transaction begins


def locked_out_at_confirm(owner):
    owner.begin_locked_out().walk_to("confirm")
    return views, "_finish"  # before its transaction begins


@pytest.mark.parametrize("end", [is_deleted, is_signed_out])
@pytest.mark.parametrize("at", [at_email, at_password, at_confirm, locked_out_at_confirm])
def test_a_session_that_ends_in_the_middle_is_no_error_and_nothing_is_done(owner, clock, meanwhile, at, end):
    place, name = at(owner)
    screen = at.__name__.split("_")[-1]
    meanwhile(place, name, lambda: end(owner))
    devices = list(Authenticator.objects.values())
    response = owner.answer_right(screen)
    assert (response.status_code, response["Location"]) == (303, f"/security/reset/{screen}/?again=1")
    assert COOKIE not in response.cookies
    assert owner.get(response["Location"], follow=True).request["PATH_INFO"] == "/sign-in/"
    assert list(Authenticator.objects.values()) == devices
    assert not Session.objects.exists()


def test_a_late_request_does_not_take_back_what_was_proven_meanwhile(owner, clock, meanwhile):
    """Two tabs where the code is asked: one goes the way without a device, slowly, while the other signs in."""
    owner.give_password()
    late = twin(owner)
    meanwhile(start, "begin_locked_out", lambda: owner.post("/sign-in/code/", code=owner.phone.code()), after=True)
    response = late.post("/sign-in/code/new-device/")
    assert response.status_code == 303
    assert COOKIE not in response.cookies
    person = owner.get("/security/").wsgi_request.user
    assert person.is_authenticated
    assert person.is_verified()


def test_a_store_with_the_key_before_writes_nothing(owner, clock):
    owner.give_password()
    late = SessionStore(owner.client.cookies[COOKIE].value)
    late["late"] = "by a request that was slow"
    owner.post("/sign-in/code/", code=owner.phone.code())
    before = everything()
    with pytest.raises(UpdateError):
        late.save()
    assert everything() == before


@pytest.fixture
def broken(owner, clock):
    """The swap fails at its last statement but one, for as long as the trigger is there."""

    def put():
        with connection.cursor() as cursor:
            raises = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$"
            cursor.execute(raises)
            cursor.execute("CREATE TRIGGER fail BEFORE INSERT ON security_event FOR EACH ROW EXECUTE FUNCTION fail()")

    def mend():
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER fail ON security_event")

    owner.client.raise_request_exception = False
    return put, mend


@pytest.mark.parametrize("at", [at_confirm, locked_out_at_confirm])
def test_a_swap_that_fails_leaves_everything_as_it_was(owner, broken, at):
    put, mend = broken
    at(owner)
    put()
    before, key = everything(), owner.client.cookies[COOKIE].value
    response = owner.answer_right("confirm")
    assert response.status_code == 500
    assert COOKIE not in response.cookies
    assert everything() == before

    mend()
    assert owner.client.cookies[COOKIE].value == key
    assert owner.screen("confirm").status_code == 200  # still signed in, or about to be
    if at is locked_out_at_confirm:
        assert owner.answer_right("confirm").url == "/security/reset/held/"  # with the same code
        return
    assert owner.answer_right("confirm").url == "/security/"
    assert Authenticator.objects.get(confirmed=True).name == "New phone"
    assert owner.get("/security/").status_code == 200
