"""Where links and announcements are kept: what is not ours is read past, what is away is not waited for."""

import json

import pytest
from django.core.cache import cache, caches
from redis.connection import Connection
from redis.exceptions import ConnectionError

from accounts import portal
from accounts.models.portal import Place
from security import crypto
from tests.accounts.test_portal import link, tell

pytestmark = pytest.mark.django_db


def test_it_is_read_from_the_database_once(client, django_assert_num_queries):
    link(Place.FOOTER)
    tell()
    client.get("/sign-in/")
    with django_assert_num_queries(0):
        assert "Sign-in is slow." in client.get("/sign-in/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_staff_change_is_seen_at_once(client):
    row = tell()
    client.get("/sign-in/")
    text = row.texts.get()
    text.title = "All is well again."
    text.save()
    assert "All is well again." in client.get("/sign-in/").content.decode()
    row.delete()
    assert "All is well again." not in client.get("/sign-in/").content.decode()


def test_without_redis_the_page_comes_from_the_database(client, monkeypatch):
    tell()
    calls = []

    def fail(*args, **more):
        calls.append(args)
        raise ConnectionError("away")

    monkeypatch.setattr(type(cache._connections["default"]), "get", fail)
    for _ in range(3):
        assert "Sign-in is slow." in client.get("/sign-in/").content.decode()
    assert len(calls) == 1  # the circuit is open after the first


def sealed(label="portal 1", **content):
    body = json.dumps(content)
    return f"{crypto.derive(label, body).hex()} {body}"


@pytest.mark.parametrize(
    "poison",
    [
        b"not json",
        b'"text"',
        b"[]",
        b"{}",
        b'{"links": [], "announcements": []}',
        b"[" * 100_000,
        b"\x80\x04pickle",
        json.dumps(sealed("another use of the keys", links=[], announcements=[])).encode(),
        json.dumps(sealed(links=[], announcements=[]).replace("links", "stink")).encode(),
        json.dumps(sealed("portal 0", links=[], announcements=[])).encode(),
    ],
    ids=["text", "string", "list", "empty", "unsealed", "deep", "pickle", "other label", "altered", "older"],
)
def test_what_we_did_not_put_into_the_cache_is_read_past(client, poison):
    tell()
    raw = cache._cache.get_client(None, write=True)
    raw.set(cache.make_key(portal.KEY), poison)
    assert "Sign-in is slow." in client.get("/sign-in/").content.decode()


def test_what_we_put_there_is_shown(client):
    told = {"title": "From the cache.", "body": "", "link_text": ""}
    row = {"id": "x", "severity": "news", "starts": 0.0, "ends": None, "link": "", "may_close": True}
    cache.set(portal.KEY, sealed(links=[], announcements=[row | {"texts": {"en": told}}]), 60)
    assert "From the cache." in client.get("/sign-in/").content.decode()


def test_a_link_that_would_run_something_is_not_shown_wherever_it_comes_from(client):
    link(Place.FOOTER, to="javascript:alert(1)", en="Press me")
    tell(link="javascript:alert(1)", link_text="Press me too")
    page = client.get("/sign-in/").content.decode()
    assert "Press me" not in page
    assert "javascript:" not in page


def test_while_the_cache_is_away_a_page_reads_it_once(owner, django_assert_max_num_queries):
    link(Place.MENU)
    link(Place.FOOTER, to="https://example.com/terms", en="Terms")
    link(Place.HELP, to="https://example.com/community", en="Community")
    tell()
    portal.circuit.trip()
    with django_assert_max_num_queries(4):
        owner.client.get("/help/")


def test_a_redis_that_refuses_is_asked_once(settings, monkeypatch):
    tried, connect = [], Connection._connect
    monkeypatch.setattr(Connection, "_connect", lambda self: tried.append(self) or connect(self))
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    with pytest.raises(ConnectionError):
        caches["default"].get(portal.KEY)
    assert len(tried) == 1


def test_a_process_asks_the_cache_now_and_then(db, client, policies_are_kept, clock, monkeypatch):
    asked = []
    monkeypatch.setattr(portal, "_shared", lambda: asked.append(1) or {"links": [], "announcements": []})
    for _ in range(3):
        client.get("/sign-in/")
    assert len(asked) == 1
    portal.forget()
    client.get("/sign-in/")
    assert len(asked) == 2
