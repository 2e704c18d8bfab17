"""The gate matrix: every screen in every state, looked at and posted to. No screen opens before its turn."""

from collections.abc import Callable

import pytest

from security.models import Authenticator, Enrollment, Event, Kind
from tests import people
from tests.people import PASSWORD, SCREENS, Someone

LATER = [name for name in SCREENS if name != "email"]

# What a stranger to the order would post to each screen: well formed, never right by itself.
POSTS = {
    "email": {"email": "owner@example.com"},
    "password": {"password": PASSWORD},
    "proof": {"code": "123456"},
    "proof/mail": {},
    "notice": {},
    "code": {"code": "1234 5678"},
    "code/again": {},
    "verified": {},
    "app": {},
    "scan": {"name": "A phone"},
    "confirm": {"code": "123456"},
}
OF_SCREEN = {"proof/mail": "proof", "code/again": "code"}
SHOWN = {
    "mail": SCREENS,
    "old code": [name for name in SCREENS if name not in ("notice", "code")],
    "set-up": [name for name in SCREENS if name != "proof"],
    "locked out": SCREENS[3:],
}


def facts() -> list[tuple[object, ...]]:
    return list(Enrollment.objects.order_by("pk").values_list())


def traveller(way: str) -> Someone:
    match way:
        case "set-up":
            return people.make("owner@example.com", has_device=False).sign_in()
        case "locked out":
            return people.make("owner@example.com").begin_locked_out()
    return people.make("owner@example.com").sign_in()


def shown_at(way: str, here: str) -> list[str]:
    """Before the proof, the journey of the old code is the same as that of the mail."""
    undecided = way == "old code" and SCREENS.index(here) <= SCREENS.index("proof")
    return SHOWN["mail" if undecided else way]


@pytest.mark.parametrize(
    ("way", "here"), [(way, here) for way, screens in SHOWN.items() for here in screens if here != "email"]
)
def test_every_screen_at_every_point_of_every_journey(db, clock, way, here):
    someone = traveller(way).walk_to(here, "old code" if way == "old code" else "mail")
    before = facts()
    shown = shown_at(way, here)
    for screen in SCREENS:
        is_open = screen in shown and SCREENS.index(screen) <= SCREENS.index(here)
        answer = someone.screen(screen)
        if screen == "email" and way == "locked out":
            assert answer.url.startswith("/sign-in/")
        elif is_open or screen == "email":
            assert answer.status_code == 200, screen
        else:
            assert (answer.status_code, answer.url) == (302, f"/security/reset/{here}/"), screen
    assert facts() == before

    for path, data in POSTS.items():
        screen = OF_SCREEN.get(path, path)
        is_later = screen not in shown or SCREENS.index(screen) > SCREENS.index(here)
        if is_later and screen != "email":
            answer = someone.post(f"/security/reset/{path}/", **data)
            assert (answer.status_code, answer.url) == (302, f"/security/reset/{here}/"), path
            assert facts() == before, path


def nobody(owner: Someone) -> Someone:
    return owner


def only_a_password(owner: Someone) -> Someone:
    owner.give_password()
    return owner


def signed_in(owner: Someone) -> Someone:
    return owner.sign_in()


def expired(owner: Someone) -> Someone:
    owner.sign_in().walk_to("confirm")
    Enrollment.objects.update(expires_at=owner.enrollment.started_at)
    return owner


def cancelled(owner: Someone) -> Someone:
    owner.sign_in().walk_to("confirm")
    owner.post("/security/reset/cancel/")
    return owner


def bound(owner: Someone) -> Someone:
    return owner.sign_in().walk_to("done")


def at_another_browser(owner: Someone) -> Someone:
    """J1 is at the end of the journey; J2 belongs to the same person."""
    owner.sign_in().walk_to("confirm")
    other = people.make("second@example.com")
    other.user, other.phone = owner.user, owner.phone
    other.give_password()
    other.post("/sign-in/code/", code=owner.phone.code(1))
    return other


def a_stranger(owner: Someone) -> Someone:
    owner.sign_in().walk_to("confirm")
    return people.make("stranger@example.com").sign_in()


def a_stranger_in_the_same_browser(owner: Someone) -> Someone:
    owner.sign_in().walk_to("confirm")
    stranger = people.make("stranger@example.com")
    stranger.client = owner.client
    owner.post("/sign-out/")
    return stranger.sign_in()


@pytest.mark.parametrize(
    ("state", "goes_to"),
    [
        (nobody, "/sign-in/"),
        (only_a_password, "/sign-in/"),
        (signed_in, "/security/reset/email/"),
        (expired, "/security/reset/email/"),
        (cancelled, "/security/"),
        (bound, "/security/"),
        (at_another_browser, "/security/reset/email/"),
        (a_stranger, "/security/reset/email/"),
        (a_stranger_in_the_same_browser, "/security/reset/email/"),
    ],
)
def test_without_an_enrollment_of_ones_own_no_screen_opens(
    owner: Someone, clock, state: Callable[[Someone], Someone], goes_to: str
):
    someone = state(owner)
    before, devices = facts(), list(Authenticator.objects.values())
    for path in [*POSTS, "code/status"]:
        if path == "email":
            continue
        answer = someone.get(f"/security/reset/{path}/")
        if path not in ("proof/mail", "code/again"):
            assert (answer.status_code, answer.url.split("?")[0]) == (302, goes_to), path
        answer = someone.post(f"/security/reset/{path}/", **POSTS.get(path, {}))
        if path != "code/status":
            assert (answer.status_code, answer.url.split("?")[0]) == (302, goes_to), path
    assert facts() == before
    assert list(Authenticator.objects.values()) == devices


def test_a_finished_enrollment_cannot_be_replayed(owner, clock):
    owner.sign_in().walk_to("confirm")
    code = owner.new_phone.code()
    assert owner.answer("confirm", code=code).url == "/security/"
    before = Authenticator.objects.count(), Event.objects.count()
    for _ in range(3):
        assert owner.answer("confirm", code=code).url == "/security/"
        clock.forward(30)
        assert owner.answer("confirm", code=owner.new_phone.code()).url == "/security/"
    assert (Authenticator.objects.count(), Event.objects.count()) == before


def test_starting_a_hundred_times_never_weakens_the_device(owner, clock):
    owner.sign_in()
    for _ in range(100):
        assert owner.answer("email", email=owner.user.email).status_code == 302
    assert Enrollment.objects.open().count() == 1
    clock.forward(30)
    owner.elsewhere().sign_in()
    assert Event.objects.filter(kind=Kind.ENROLLMENT_STARTED).count() == 1


def test_a_second_start_ends_an_unproved_one_elsewhere(owner, clock):
    owner.sign_in().walk_to("code")
    clock.forward(30)
    other = owner.elsewhere().sign_in()
    assert other.answer("email", email=owner.user.email).url == "/security/reset/password/"
    assert owner.screen("code").url == "/security/"
    assert Event.objects.filter(kind=Kind.ENROLLMENT_SUPERSEDED).count() == 1


def test_a_second_start_does_not_end_one_that_is_proved(owner, clock):
    owner.sign_in().walk_to("scan")
    clock.forward(30)
    other = owner.elsewhere().sign_in()
    answer = other.answer("email", email=owner.user.email)
    assert answer.status_code == 200
    assert "under way in another browser" in answer.content.decode()
    assert owner.screen("scan").status_code == 200

    assert "Somebody is setting up a new device" in other.get("/security/").content.decode()
    other.post("/security/reset/cancel/")
    assert other.answer("email", email=owner.user.email).url == "/security/reset/password/"
    assert owner.screen("scan").url == "/security/"


@pytest.mark.parametrize("here", LATER[1:])
def test_answering_an_earlier_screen_again_forgets_the_later_facts(owner, clock, here):
    owner.sign_in().walk_to(here)
    secret = owner.enrollment.sealed_secret
    assert owner.answer("password", password=PASSWORD).url == "/security/reset/proof/"
    forgotten = owner.enrollment
    assert forgotten.mail_chosen_at is None
    assert forgotten.proved_at is None
    assert forgotten.scanned_at is None
    assert forgotten.sealed_secret == secret
    assert owner.screen("confirm").url == "/security/reset/proof/"


def test_going_back_does_not_give_new_tries(owner, clock):
    owner.sign_in().walk_to("code")
    for _ in range(4):
        owner.answer("code", code="0000 0000")
    owner.answer("password", password=PASSWORD)
    owner.walk_to("code")
    assert owner.enrollment.codes.get().tries == 4


def test_abandoning_at_any_screen_leaves_everything_as_it_was(db, clock):
    for index, screen in enumerate(LATER):
        someone = people.make(f"owner{index}@example.com")
        someone.sign_in().walk_to(screen)
        clock.forward(minutes=31)
        someone.elsewhere().sign_in()
        assert Authenticator.objects.filter(user=someone.user, confirmed=True).count() == 1
