"""A swap that said the old phone was stolen, undone with a recovery code: the phone stays out, the protection stays."""

from security.actor import Actor
from security.flows import challenge, recovery_codes
from security.models import Authenticator
from security.sessions import SessionStore
from tests.journeys.test_contest import ANOTHER, link_in


def test_the_phone_stays_out_and_no_password_alone_gets_in(owner, clock):
    codes = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor()).codes
    owner.user.refresh_from_db()
    clock.forward(1)
    thief = owner.elsewhere().sign_in()
    thief.walk_to("notice")
    thief.answer("notice", stolen="on")
    thief.walk_to("done")
    clock.forward(60)
    link = link_in("was replaced")
    owner.post(link)
    answer = owner.post(link, password="correct horse battery staple", code=codes[4], new_password=ANOTHER)
    assert "yours again" in answer.content.decode()

    assert not Authenticator.objects.of(owner.user).filter(confirmed=True).exists()
    assert challenge.is_needed(owner.user)
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/password/", password=ANOTHER).url == "/sign-in/code/"
    assert owner.post("/sign-in/code/", code=owner.phone.code(ahead=1)).status_code == 200
    assert owner.post("/sign-in/recovery-code/", code=codes[5]).url == "/account/"
