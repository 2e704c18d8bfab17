"""GET and HEAD write nothing but a session's own last-seen column, anywhere, in any state."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from security import outbox
from tests.walls import everything

PERSON_IS_SEEN = ("Session.last_seen_at",)


def addresses() -> list[str]:
    """Every address of the site that needs no argument."""

    def walk(resolver: URLResolver, prefix: str) -> list[str]:
        found = []
        for pattern in resolver.url_patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found.append(path)
            else:
                found += walk(pattern, path)
        return found

    return ["/" + path for path in walk(get_resolver(), "") if "<" not in path]


def test_the_walk_finds_the_site():
    assert {"/sign-in/", "/security/", "/security/reset/confirm/", "/account/"} <= set(addresses())


@pytest.mark.parametrize(
    "state", ["signed out", "identified", "pending", "signed in", "code", "scan", "confirm", "done"]
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(owner, clock, state, method):
    match state:
        case "signed out":
            pass
        case "identified":
            owner.post("/sign-in/", email=owner.user.email)
        case "pending":
            owner.give_password()
        case "signed in":
            owner.sign_in()
        case _:
            owner.sign_in().walk_to(state)
    outbox.sweep()
    clock.forward(70)
    before = everything(but=PERSON_IS_SEEN)
    for path in addresses():
        for query in ("", "?add=1", "?device=x", "?next=/account/"):
            answer = getattr(owner.client, method)(path + query)
            assert answer.status_code in (200, 302, 403, 404, 405, 503), path
    assert everything(but=PERSON_IS_SEEN) == before


def test_the_last_seen_time_is_written_once_a_minute(owner, clock):
    owner.sign_in()
    clock.forward(59)
    before = everything()
    owner.get("/account/")
    assert everything() == before
    clock.forward(2)
    owner.get("/account/")
    assert everything() != before
