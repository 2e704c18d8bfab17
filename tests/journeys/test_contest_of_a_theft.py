"""A swap that said the old phone was stolen, undone with a recovery code: the phone stays out, the protection stays."""

from security.flows import challenge
from security.models import Authenticator
from tests.journeys.test_contest import ANOTHER, link_in, replaced_by_a_thief


def test_the_phone_stays_out_and_no_password_alone_gets_in(owner, clock):
    replaced_by_a_thief(owner, clock, stolen="on")
    link = link_in("was replaced")
    owner.post(link)
    answer = owner.post(link, password="correct horse battery staple", code=owner.codes[4], new_password=ANOTHER)
    assert "yours again" in answer.content.decode()

    assert not Authenticator.objects.of(owner.user).filter(confirmed=True).exists()
    assert challenge.is_needed(owner.user)
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/password/", password=ANOTHER).url == "/sign-in/code/"
    assert owner.post("/sign-in/code/", code=owner.phone.code(ahead=1)).status_code == 200
    assert owner.post("/sign-in/recovery-code/", code=owner.codes[5]).url == "/account/"
