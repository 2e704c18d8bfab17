"""Every page of the site, each with somebody who is at it: what the tests of looks, weight and access walk through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts import portal
from accounts.articles import ARTICLES
from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from accounts.models.portal import Place, Severity
from security import crypto, links
from security.models import Authenticator, Event, GroupPolicy, Passkey, Session
from tests import keys, people
from tests.people import SCREENS, Someone, long_ago
from tests.trust import sign_in_and_trust

DEVICE = "0123456789abcdef01234567"
LINK = "the link in a mail"
EMAIL = "robin.owner+shopping@example.com"


@dataclass(frozen=True)
class Sight:
    """A page: its address, and how somebody comes to be there."""

    name: str
    path: str
    visitor: Callable[[], Someone]


def _owner() -> Someone:
    someone = people.make(EMAIL, name="Robin Owner")
    someone.reads_mail = False
    return someone


def _newcomer() -> Someone:
    someone = people.make(EMAIL, has_device=False, name="Robin Owner")
    someone.reads_mail = False
    return someone


def _identified() -> Someone:
    someone = _owner()
    someone.post("/sign-in/", email=EMAIL)
    return someone


def _pending() -> Someone:
    someone = _owner()
    someone.give_password()
    return someone


def _at(screen: str) -> Callable[[], Someone]:
    return lambda: _owner().sign_in().walk_to(screen)


def _done() -> Someone:
    return _owner().sign_in().walk_to("done")


def _two_addresses() -> Someone:
    someone = _owner()
    someone.user.recovery_email = "spare.mailbox@example.org"
    someone.user.recovery_email_confirmed_at = long_ago()
    someone.user.save()
    return someone.sign_in().walk_to("notice")


def _with_device(*, ready_to_remove: bool = False) -> Callable[[], Someone]:
    """Somebody with two devices, a trusted browser, and a session in another one."""

    def visit() -> Someone:
        someone = _owner()
        other = someone.elsewhere()
        sign_in_and_trust(other)
        tablet = Authenticator(user=someone.user, name="Tablet", public_id=DEVICE, last_step=-1, proof="authenticator")
        tablet.seal(crypto.totp_secret())
        tablet.save()
        someone.sign_in(ahead=1)
        if ready_to_remove:
            row = someone.get("/account/").wsgi_request.session.row
            Session.objects.filter(pk=row.pk).update(fresh_for="remove_device", fresh_at=timezone.now())
        return someone

    return visit


def _fresh(purpose: str) -> Callable[[], Someone]:
    """Somebody who has just proven it for this change."""

    def visit() -> Someone:
        someone = _owner().sign_in()
        row = someone.get("/account/").wsgi_request.session.row
        Session.objects.filter(pk=row.pk).update(fresh_for=purpose, fresh_at=timezone.now(), fresh_since=timezone.now())
        return someone

    return visit


def _address_waits() -> Someone:
    someone = _fresh("email")()
    assert someone.post("/security/email/", address="new@example.org").status_code == 302
    return someone


def _with_passkeys(page: str = "") -> Callable[[], Someone]:
    """Somebody with two, at a page of one of them."""

    def visit() -> Someone:
        someone = _fresh("passkeys")()
        keys.give(someone, aaguid="fbfc3007-154e-4ecc-8c0b-6e020557d7bd", synced=True)
        keys.give(someone, verifies=False)
        one = Passkey.objects.filter(verifies_user=False).get()
        someone.link = f"/security/passkeys/{one.public_id}/{page}"
        return someone

    return visit


def _with_codes() -> Someone:
    someone = _owner()
    people.add_codes(someone.user)
    return someone.sign_in()


def _came_by_code() -> Someone:
    someone = _owner()
    codes = people.add_codes(someone.user)
    someone.give_password()
    someone.post("/sign-in/recovery-code/", code=codes[0])
    return someone


def _held() -> Someone:
    someone = _owner().begin_locked_out().walk_to("confirm")
    someone.answer_right("confirm")
    return someone


def _asked_whether_it_is_them() -> Someone:
    return _held().elsewhere().sign_in_past_the_question()


def _may_say_no(kind: str, *, frozen: bool = False) -> Callable[[], Someone]:
    """Somebody with the link that says no to this event; the address of the page is put into LINK by `address`."""

    def visit() -> Someone:
        someone = _held() if kind == "enrollment.held" else _owner().sign_in().walk_to("done")
        event = Event.objects.filter(person=someone.user, kind=kind).latest("pk")
        visitor = someone.elsewhere()
        visitor.link = f"/security/undo/{links.refusal(event)}/"
        if frozen:
            visitor.post(visitor.link)
        return visitor

    return visit


def address(sight: Sight, visitor: Someone) -> str:
    """Where the page is, for this visitor."""
    return visitor.link if sight.path == LINK else sight.path


def _told() -> Someone:
    """Somebody in a portal that staff have furnished, with something wrong and something new."""
    for place, words in ((Place.MENU, "My Cases"), (Place.HELP, "Community"), (Place.FOOTER, "Terms of service")):
        row = PortalLink.objects.create(place=place, link="https://example.com/")
        PortalLinkText.objects.create(link=row, language="en", text=words)
    for severity, title in ((Severity.OUTAGE, "Sign-in is slower than usual."), (Severity.NEWS, "Something new.")):
        news = Announcement.objects.create(severity=severity, link="https://status.example.com")
        text = {"title": title, "body": "We are on it, and we tell you here.", "link_text": "Service status"}
        AnnouncementText.objects.create(announcement=news, language="en", **text)
    portal.forget()
    return _owner().sign_in()


def _has_to() -> Someone:
    """Somebody without a device, who has to have one in a while."""
    GroupPolicy.objects.create(required_from=timezone.now() + timedelta(days=30))
    return _newcomer().sign_in()


MORE_SIGHTS = [
    Sight("personal-info", "/account/personal-info/", lambda: _owner().sign_in()),
    Sight("portal", "/account/", _told),
    Sight("help", "/help/", _owner),
    *[Sight(article.slug, f"/help/{article.slug}/", _owner) for article in ARTICLES],
    Sight("step-up", "/security/step-up/?for=email", lambda: _owner().sign_in()),
    Sight("recovery-code", "/sign-in/recovery-code/", _pending),
    Sight("forgot-password", "/forgot-password/", _owner),
    Sight("new-password", "/forgot-password/x/", _owner),
    Sight("ask-support", "/help/ask-support/", _owner),
    Sight("password", "/security/password/", _fresh("password")),
    Sight("email", "/security/email/", _fresh("email")),
    Sight("email-code", "/security/email/code/", _address_waits),
    Sight("recovery-codes", "/security/recovery-codes/", _with_codes),
    Sight("rehearse", "/security/recovery-codes/rehearse/", _with_codes),
    Sight("passkeys", "/security/passkeys/", _with_passkeys()),
    Sight("passkeys-none", "/security/passkeys/", lambda: _newcomer().sign_in()),
    Sight("passkey", LINK, _with_passkeys("?added=1")),
    Sight("passkey-add", "/security/passkeys/add/", _fresh("passkeys")),
    Sight("passkey-remove", LINK, _with_passkeys("remove/")),
    Sight("activity", "/security/activity/", _done),
    Sight("account-by-code", "/account/", _came_by_code),
    Sight("account-due", "/account/", _has_to),
    Sight("account-probation", "/account/", _done),
    Sight("held", "/security/reset/held/", _held),
    Sight("held-is-this-you", "/security/reset/held/", _asked_whether_it_is_them),
    Sight("held-banner", "/security/", _asked_whether_it_is_them),
    Sight("undo-cancel", LINK, _may_say_no("enrollment.held")),
    Sight("undo-freeze", LINK, _may_say_no("authenticator.replaced")),
    Sight("undo-frozen", LINK, _may_say_no("authenticator.replaced", frozen=True)),
    Sight("undo-advice", LINK, _may_say_no("session.started")),
    Sight("undo-gone", "/security/undo/x/", _owner),
]

SIGHTS = [
    Sight("sign-in", "/sign-in/", _owner),
    Sight("sign-in-password", "/sign-in/password/", _identified),
    Sight("sign-in-code", "/sign-in/code/", _pending),
    Sight("account", "/account/", lambda: _owner().sign_in()),
    Sight("security", "/security/", lambda: _owner().sign_in()),
    Sight("security-off", "/security/", lambda: _newcomer().sign_in()),
    Sight("security-receipt", "/security/", _done),
    Sight("security-under-way", "/security/", _at("scan")),
    *[Sight(name, f"/security/reset/{name}/", _at("password" if name == "email" else name)) for name in SCREENS],
    Sight("notice-two-addresses", "/security/reset/notice/", _two_addresses),
    Sight("browsers", "/security/browsers/", _with_device()),
    Sight("browsers-none", "/security/browsers/", lambda: _owner().sign_in()),
    Sight("sessions", "/security/sessions/", _with_device()),
    Sight("device", f"/security/devices/{DEVICE}/", _with_device()),
    Sight("device-remove", f"/security/devices/{DEVICE}/remove/", _with_device(ready_to_remove=True)),
    *MORE_SIGHTS,
    Sight("not-found", "/nowhere/", lambda: _owner().sign_in()),
]
