"""How long a page says that its session lasts, and the one press that lengthens it."""

from datetime import timedelta

from django.utils import timezone

from security.models import Session

EXTEND = "/security/sessions/extend/"


def is_signed_in(someone):
    return someone.get("/account/").status_code == 200


def test_looking_at_its_address_is_no_press(owner, clock):
    owner.sign_in()
    assert owner.get(EXTEND).url == "/security/"


def test_one_press_begins_the_idle_time_anew(owner, clock):
    owner.sign_in()
    clock.forward(29 * 60)
    answer = owner.post(EXTEND)
    assert answer.json() == {"seconds_left": 1800, "is_final": False}
    clock.forward(29 * 60)
    assert is_signed_in(owner)


def test_as_often_as_one_likes_but_not_beyond_the_longest(owner, clock):
    owner.sign_in()
    for minutes in range(29, 12 * 60 - 29, 29):
        clock.forward(29 * 60)
        answer = owner.post(EXTEND).json()
        left = 12 * 60 - minutes
        assert answer == {"seconds_left": min(30, left) * 60, "is_final": left <= 30}
    clock.forward(left * 60)
    assert not is_signed_in(owner)


def test_staff_have_less(staff, clock):
    staff.sign_in()
    clock.forward(14 * 60)
    assert staff.post(EXTEND).json() == {"seconds_left": 15 * 60, "is_final": False}
    clock.forward(15 * 60)
    assert not is_signed_in(staff)


def test_who_is_signed_out_extends_nothing(owner, clock):
    owner.sign_in()
    clock.forward(30 * 60)
    assert owner.post(EXTEND).url.startswith("/sign-in/")


def test_every_signed_in_page_knows_how_long_it_has(owner, clock):
    owner.sign_in()
    clock.forward(30)
    for path in ("/account/", "/security/", "/security/reset/email/", "/security/step-up/", "/security/sessions/"):
        page = owner.get(path).content.decode()
        assert 'data-seconds="1770"' in page, path  # last seen is written once a minute
        assert 'data-warns-before="120"' in page
        assert "js/idle.js" in page
    owner.post("/sign-out/")
    assert "data-seconds" not in owner.get("/sign-in/").content.decode()


def test_near_the_longest_it_says_that_nothing_lengthens_it(owner, clock):
    owner.sign_in()
    assert "data-final" not in owner.get("/account/").content.decode()
    Session.objects.update(started_at=timezone.now() - timedelta(hours=11, minutes=45))
    page = owner.get("/account/").content.decode()
    assert 'data-seconds="900"' in page
    assert "data-final" in page
