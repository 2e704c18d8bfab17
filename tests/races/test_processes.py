"""The same promises across processes: what one worker of the site has used, no other accepts."""

import time

from security.models import Authenticator
from tests import people
from tests.people import PASSWORD
from tests.web import Browser


def sign_in(site: str, email: str, code: str) -> str:
    browser = Browser(site)
    browser.post("/sign-in/", email=email)
    browser.post("/sign-in/password/", password=PASSWORD)
    return browser.post("/sign-in/code/", code=code).path


def test_a_used_code_is_refused_in_every_process(site):
    owner = people.make("owner@example.com")
    code = owner.phone.code()
    owner.sign_in()
    for _ in range(3):  # fewer than the five that are free, and two workers to meet
        assert sign_in(site.url, owner.user.email, code) == "/sign-in/code/"


def test_the_code_that_confirmed_a_device_is_refused_in_every_process(site):
    owner = people.make("owner@example.com")
    owner.reads_mail = False
    owner.sign_in().walk_to("done")
    used = Authenticator.objects.get(name="New phone").last_step  # the clock goes on meanwhile
    for _ in range(2):
        spent = owner.new_phone.code(used - int(time.time()) // 30)
        assert sign_in(site.url, owner.user.email, spent) == "/sign-in/code/"
    assert sign_in(site.url, owner.user.email, owner.new_phone.code(1)) == "/account/"


def test_a_session_that_one_process_ended_is_dead_in_the_others(site):
    owner = people.make("owner@example.com")
    owner.reads_mail = False
    browser = Browser(site.url)
    browser.post("/sign-in/", email=owner.user.email)
    browser.post("/sign-in/password/", password=PASSWORD)
    assert browser.post("/sign-in/code/", code=owner.phone.code()).path == "/account/"
    owner.sign_in(ahead=1).walk_to("done")
    for _ in range(4):
        assert browser.get("/security/").path == "/sign-in/"
