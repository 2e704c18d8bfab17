"""How people of the tests change an address of their account."""

from typing import Any

from django.core import mail

from security import outbox
from security.models import AddressChange
from tests.mail import CODE
from tests.people import PASSWORD, Someone, newest_code

NEW = "robin@new.example"
SPARE = "robin@spare.example"
PAGE, CODE_PAGE, DONE = "/security/email/", "/security/email/code/", "/security/email/done/"
RECOVERY, REMOVE = "/security/email/recovery/", "/security/email/recovery/remove/"
PAGES = {"primary": PAGE, "recovery": RECOVERY}


def prove(someone: Someone, ahead: int = 1) -> Someone:
    """Give the proof that a change of an address asks for, whatever it is for this account."""
    proof = {"code": someone.phone.code(ahead)} if someone.phone else {}
    answer = someone.client.post(f"/security/step-up/?for=email&next={PAGE}", {"password": PASSWORD, **proof})
    assert answer.url == PAGE, answer.content.decode()[:3000]
    return someone


def enter(someone: Someone, address: str = NEW, which: str = "primary") -> Any:
    """Type a new address, with the proof given."""
    return someone.post(PAGES[which], address=address)


def begin(someone: Someone, address: str = NEW, which: str = "primary") -> Someone:
    """Sign in, prove, and come to the page that asks for the code."""
    prove(someone.sign_in())
    answer = enter(someone, address, which)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert answer.url == CODE_PAGE
    return someone


def type_code(someone: Someone, code: str) -> Any:
    return someone.post(CODE_PAGE, code=code)


def move(someone: Someone, address: str = NEW, which: str = "primary") -> Someone:
    """The whole way: the account has the new address after it."""
    begin(someone, address, which)
    if someone.phone is None:
        assert type_code(someone, newest_code(someone.user.email)).url == CODE_PAGE
    assert type_code(someone, newest_code(address)).url == DONE
    someone.user.refresh_from_db()
    return someone


def change_of(someone: Someone) -> AddressChange:
    return AddressChange.objects.filter(person=someone.user).latest("pk")


def mails_to(address: str) -> list[Any]:
    """What this address got, after everything promised was delivered."""
    outbox.sweep(None)
    return [message for message in mail.outbox if address in message.to]


def codes_to(address: str) -> list[str]:
    return [code for message in mails_to(address) for code in CODE.findall(message.body)]


def link_in(message: Any) -> str:
    """The path of the link that says no."""
    [path] = {word[word.index("/security/undo/") :] for word in message.body.split() if "/security/undo/" in word}
    return path
