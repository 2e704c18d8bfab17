"""The journey under random behaviour: pure facts first, then an owner who clicks whatever comes to mind."""

import os
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from security.models import Authenticator, Enrollment, Event, Kind
from security.reset import journey
from tests import people
from tests.people import PASSWORD, Phone, Someone

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
NAMES = [step.name for step in journey.STEPS]


@st.composite
def facts(draw: st.DrawFn) -> SimpleNamespace:
    """Any set of facts at all, even one that no journey can lead to."""
    entrance = draw(st.sampled_from(sorted(journey.GIVEN)))
    true = {fact: draw(st.sampled_from([None, 1])) for fact in journey.FACTS}
    return SimpleNamespace(entrance=entrance, **true | dict.fromkeys(journey.GIVEN[entrance], 1))


@given(facts())
def test_no_screen_is_open_behind_the_current_one(facts):
    now = journey.current(facts)
    for step in journey.STEPS:
        if journey.is_open(step, facts):
            assert now is not None
            assert NAMES.index(step.name) <= NAMES.index(now.name)


@given(facts(), st.sampled_from(NAMES))
def test_answering_a_screen_again_forgets_whatever_came_after_it(facts, name):
    step = journey.step(name)
    forgotten = journey.facts_after(step, facts.entrance)
    for fact in forgotten:
        setattr(facts, fact, None)
    setattr(facts, step.answered_by[0], 1)
    kept = {step.answered_by[0], *journey.GIVEN[facts.entrance]}
    for later in journey.STEPS[NAMES.index(name) + 1 :]:
        assert {fact for fact in later.answered_by if getattr(facts, fact)} <= kept
    assert not set(forgotten) & set(journey.GIVEN[facts.entrance])


@given(facts())
def test_the_screens_shown_are_in_order_and_end_with_the_swap(facts):
    shown = [NAMES.index(step.name) for step in journey.screens(facts)]
    assert shown == sorted(set(shown))
    assert shown[-1] == NAMES.index("confirm")
    assert not {NAMES[index] for index in shown} & set(journey.NEVER_SHOWN[facts.entrance])


class Wanderer:
    """An owner, their other browser, and everything one may click, in any order."""

    def __init__(self, owner: Someone, clock) -> None:
        self.owner, self.clock = owner, clock
        self.other = owner.elsewhere()
        self.keys: dict[int, str] = {}

    def do(self, action: str) -> None:
        getattr(self, f"_{action}")()
        self.check()

    def check(self) -> None:
        """What must be true after every click."""
        live = Authenticator.objects.filter(user=self.owner.user, confirmed=True).count()
        assert live == 1
        swaps = Event.objects.filter(person=self.owner.user, kind=Kind.AUTHENTICATOR_REPLACED).count()
        assert Authenticator.objects.filter(user=self.owner.user).count() == 1 + swaps
        assert Enrollment.objects.of(self.owner.user).open().count() <= 1
        for enrollment in Enrollment.objects.of(self.owner.user).exclude(bound_at=None):
            assert enrollment.proved_at and enrollment.proof
        bound = Enrollment.objects.of(self.owner.user).exclude(bound_at=None).count()
        assert bound == swaps

    def _post(self, path: str, **data: str) -> None:
        answer = self.owner.post(f"/security/reset/{path}/", **data)
        assert answer.status_code in (200, 302, 303), (path, answer.status_code)

    def _email(self) -> None:
        self._post("email", email=self.owner.user.email)

    def _password(self) -> None:
        self._post("password", password=PASSWORD)

    def _wrong_password(self) -> None:
        self._post("password", password="wrong horse battery staple")

    def _old_code(self) -> None:
        self._post("proof", code=self.owner.phone.code())

    def _mail(self) -> None:
        self._post("proof/mail")

    def _notice(self) -> None:
        self._post("notice")

    def _again(self) -> None:
        self._post("code/again")

    def _mailed_code(self) -> None:
        enrollment = Enrollment.objects.of(self.owner.user).order_by("pk").last()
        code = enrollment and enrollment.codes.order_by("generation").last()
        self._post("code", code=people.codes.grouped(code) if code else "0000 0000")

    def _wrong_mailed_code(self) -> None:
        self._post("code", code="0000 0000")

    def _go_on(self) -> None:
        self._post("verified")
        self._post("app")

    def _scan(self) -> None:
        page = self.owner.screen("scan")
        if page.status_code == 200:
            pk, key = self.owner.enrollment.pk, self.owner.setup_key()
            assert self.keys.setdefault(pk, key) == key, "the secret of an enrollment never changes"
            self.owner.new_phone = Phone(key)
        self._post("scan", name="New phone")

    def _confirm(self) -> None:
        before = Authenticator.objects.filter(user=self.owner.user).count()
        code = self.owner.new_phone.code() if self.owner.new_phone else "000000"
        self._post("confirm", code=code)
        if Authenticator.objects.filter(user=self.owner.user).count() > before:
            self.owner.phone, self.owner.new_phone = self.owner.new_phone, None

    def _cancel(self) -> None:
        self.owner.post("/security/reset/cancel/")

    def _elsewhere(self) -> None:
        self.other.phone = self.owner.phone
        self.other.give_password()
        self.other.post("/sign-in/code/new-device/")

    def _wait(self) -> None:
        self.clock.forward(31)

    def _wait_long(self) -> None:
        self.clock.forward(minutes=20)
        self._sign_in()

    def _sign_in(self) -> None:
        if self.owner.get("/account/").status_code == 302:
            self.owner.give_password()
            self.owner.post("/sign-in/code/", code=self.owner.phone.code())


ACTIONS = sorted(name[1:] for name in vars(Wanderer) if name.startswith("_") and name not in ("__init__", "_post"))
ACTIONS = [name for name in ACTIONS if not name.startswith("_")]
STORY = ["email", "password", "mail", "notice", "mailed_code", "go_on", "scan", "confirm"]


@pytest.mark.django_db
@given(st.lists(st.one_of(st.sampled_from(ACTIONS), st.sampled_from(range(len(STORY)))), min_size=5, max_size=25))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_somebody_clicks_nothing_breaks(clock, clicks):
    """A number plays the story from its start up to that screen, so that the end is reached often enough."""
    with transaction.atomic():
        owner = people.make("owner@example.com")
        owner.reads_mail = False
        wanderer = Wanderer(owner.sign_in(), clock)
        for click in clicks:
            for action in STORY[: click + 1] if isinstance(click, int) else [click]:
                wanderer.do(action)
            clock.forward(30)
        transaction.set_rollback(True)
