"""Who comes to the site: somebody in every state that a visitor can be in, with what they would rightly type."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command

from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from accounts.models.portal import Place
from security import outbox
from security.flows.step_up import CHANGES
from tests import keys, links, people
from tests.faults.fuzz.bodies import FREE_TEXT
from tests.faults.fuzz.marks import MARK, TOKEN
from tests.faults.fuzz.wire import Browser
from tests.keys import Key
from tests.people import FIREFOX, PASSWORD, Someone, long_ago
from tests.staff import colleague, enter
from tests.trust import sign_in_and_trust

OWN_LINK = re.compile(re.escape(settings.SITE_URL) + r"(/\S+)")
NEW_PASSWORD = "purple harbour candle seventeen"
UNTIL = 31  # seconds, to the next code of an app
HERE = "127.0.0.1"


@dataclass
class Visitor:
    name: str
    browser: Browser
    right: dict[str, list[str]]
    key: Key | None = None
    links: list[str] = field(default_factory=list)  # that were mailed to somebody

    def another_time(self, address: str) -> "Visitor":
        """The same, as if nothing had happened since; what they do changes nothing for the next."""
        return replace(self, browser=replace(self.browser, cookies=dict(self.browser.cookies), address=address))


def of(name: str, someone: Someone, *codes: str, key: Key | None = None) -> Visitor:
    """This person where they are now."""
    cookies = {kept: morsel.coded_value for kept, morsel in someone.client.cookies.items()}
    cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    shown = [phone.code() for phone in (someone.phone, someone.new_phone) if phone]
    right = {
        "email": [someone.user.email],
        "password": [PASSWORD],
        "new_password": [NEW_PASSWORD],
        "code": [*shown, *codes[:2]],
        "codes": ["\n".join(codes)],
        "address": ["0", "fresh@example.org"],
        "next": ["/account/", "/admin/"],
        "language": ["de", "fr"],
        "time_zone": ["Europe/Paris", "Pacific/Kiritimati"],
        "reason": [FREE_TEXT],
        "link": ["/help/", f"https://example.com/{MARK}"],
    }
    return Visitor(name, Browser(cookies, FIREFOX, HERE), right, key)


def everybody(clock: Any) -> list[Visitor]:
    """All of them, at one moment; nobody has used the code yet that their phone shows then."""
    ripe = _whose_new_device_waits("ripe@example.com")
    clock.forward(hours=25)
    owner, key, codes = _owner(clock)
    met = [*_owners(clock, owner, key, codes), *_on_the_way(), _staff(owner), *_about_to_sign_in(clock, owner, ripe)]
    outbox.sweep()
    mailed = [path for message in mail.outbox for path in OWN_LINK.findall(message.body)]
    clock.forward(UNTIL)
    visitors = [
        of(name, someone, *found, key=key if someone.user == owner.user else None) for name, someone, *found in met
    ]
    nobody = of("nobody", replace(owner, client=owner.elsewhere().client), *codes, key=key)
    nobody.links = list(dict.fromkeys(mailed))
    monitor = replace(nobody, name="a monitor", links=[])
    monitor.browser = replace(nobody.browser, headers={"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"})
    return [*visitors, monitor, nobody]


Met = tuple[Any, ...]  # a name, somebody, and the codes they have beside those of their phones


def _owner(clock: Any) -> tuple[Someone, Key, list[str]]:
    """Somebody with everything that an account can have."""
    owner = people.make("owner@example.com", name="Robin Owner", time_zone="Pacific/Pago_Pago")
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.org", long_ago()
    owner.user.save()
    key = keys.give(owner)
    people.add_device(owner.user, "Tablet")
    clock.forward(UNTIL)
    codes = people.add_codes(owner.user)
    assert sign_in_and_trust(owner.elsewhere()).status_code == 302
    assert owner.elsewhere().post("/help/ask-support/", email=owner.user.email, message="Help!").status_code == 302
    return owner, key, codes


def _owners(clock: Any, owner: Someone, key: Key, codes: list[str]) -> Iterator[Met]:
    """The same person, each time with the proof for another change."""
    for purpose in sorted(CHANGES):
        someone = owner.elsewhere()
        clock.forward(UNTIL)
        someone.sign_in()
        clock.forward(UNTIL)
        path = f"/security/step-up/?for={purpose}&next=/security/"
        assert someone.post(path, password=PASSWORD, code=someone.phone.code()).url == "/security/"
        mailed = []
        if purpose == "email":
            assert someone.post("/security/email/", address="waits@example.org").status_code == 302
            mailed = [people.newest_code("waits@example.org")] * 2
        yield f"owner, about to change {purpose}", someone, *mailed, *codes


def _on_the_way() -> Iterator[Met]:
    """People in the middle of the journey, and one at its end who has to wait."""
    for screen in ("code", "confirm"):
        someone = people.make(f"{screen}@example.com", name=f"At {screen}")
        someone.sign_in().walk_to(screen)
        yield f"at {screen}", someone, *([someone.mailed_code()] if screen == "code" else [])
    yield "new device waits", _whose_new_device_waits("waiting@example.com")
    yield "locked out", people.make("locked@example.com").begin_locked_out()
    yield "without a device", people.make("new@example.com", has_device=False).sign_in()


def _whose_new_device_waits(email: str) -> Someone:
    someone = people.make(email).begin_locked_out().walk_to("confirm")
    assert someone.answer_right("confirm").url == "/security/reset/held/"
    return someone


def _about_to_sign_in(clock: Any, owner: Someone, ripe: Someone) -> Iterator[Met]:
    """One whose new device may take over, one with and one without a browser that they trust; and links for others."""
    back = replace(ripe.elsewhere(), new_phone=ripe.new_phone)
    back.give_password()
    yield "new device is ripe", back
    pending, trusting = owner.elsewhere(), owner.elsewhere()
    pending.give_password()
    yield "pending", pending
    clock.forward(UNTIL)
    assert sign_in_and_trust(trusting).status_code == 302
    trusting.post("/sign-out/")
    trusting.post("/sign-in/", email=owner.user.email)
    yield "in a trusted browser", trusting
    _send_links(owner)


def _staff(owner: Someone) -> Met:
    """Staff who may do everything, when there is something of everything to look at."""
    said = {"reason": "called back", "checked": "the number we know", "ticket": "T-1"}
    helper, chief = enter(colleague("superuser", "helper@example.com")), enter(colleague("superuser"))
    helped = people.make("helped@example.com")
    reset = "/admin/accounts/user/{}/act/reset/"
    assert helper.post(reset.format(helped.user.pk), **said).status_code == 302
    assert helper.post(reset.format(owner.user.pk), **said, wants_second="on").status_code == 302
    policy = {"required_from_0": "2037-01-15", "required_from_1": "00:00", "grace_days": "7", "hold_hours": "48"}
    answer = chief.post("/admin/security/grouppolicy/add/", **said, **policy, new_group="employees")
    assert answer.status_code == 302, answer.content.decode()
    answer = chief.post("/admin/security/campaign/replace-all/", **said, before="2020-01-01T00:00")
    assert answer.status_code == 302, answer.content.decode()
    owner.user.groups.add(Group.objects.get(name="employees"))
    chief.user.time_zone = "Pacific/Kiritimati"
    chief.user.save()
    link = PortalLink.objects.create(place=Place.FOOTER, link="/help/")
    PortalLinkText.objects.create(link=link, language="en", text="Community")
    news = Announcement.objects.create(link="/help/")
    AnnouncementText.objects.create(announcement=news, language="en", title="News", body="Today.", link_text="More")
    return "staff", chief


def _send_links(owner: Someone) -> None:
    """Links that are mailed: to choose a password, and to say no to a device that was replaced."""
    call_command("create_account", "guest@example.com", "--name", "Gus Guest", "--invite", stdout=io.StringIO())
    links.ask(owner)
    links.ask(people.make("simple@example.com", has_device=False))
    people.make("done@example.com").sign_in().walk_to("done")
