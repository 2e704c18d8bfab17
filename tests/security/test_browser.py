"""What we believe of a browser: where it is, what it calls itself, and where it wants to go on."""

import re

import pytest
from django.test import RequestFactory

from security import browser
from security.models import Session

PROXY, CDN, CLIENT = "10.0.0.1", "192.0.2.10", "203.0.113.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


def request(peer=PROXY, forwarded=None, agent=None):
    headers = {}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    if agent is not None:
        headers["User-Agent"] = agent
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (CLIENT, None, CLIENT),
        (CLIENT, "198.51.100.1", CLIENT),  # nobody we know says so
        (PROXY, None, PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),  # what the client made up lies further out
        (PROXY, f"198.51.100.1, {CLIENT}, {CDN}", CLIENT),
        (PROXY, f"{CDN}", CDN),
        (PROXY, "nonsense", PROXY),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, "", PROXY),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        ("2001:db8::7", CLIENT, "2001:db8::7"),
        ("fe80::7%eth0", None, "fe80::7"),  # as a neighbour's is given, and no address to PostgreSQL
        (PROXY, "fe80::7%eth0", "fe80::7"),
        ("", CLIENT, None),
        ("unix:", None, None),
    ],
)
def test_the_address_is_the_nearest_hop_that_is_not_our_own(settings, peer, forwarded, address):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "192.0.2.0/24"]
    assert browser.ip_address(request(peer, forwarded)) == address


def test_without_a_proxy_of_ours_no_header_is_believed(settings):
    settings.TRUSTED_PROXIES = []
    assert browser.ip_address(request(PROXY, CLIENT)) == PROXY


@pytest.mark.parametrize(("peer", "kept"), [(PROXY, CLIENT), (CLIENT, CLIENT)])
def test_the_address_of_a_session_is_that_of_its_browser(newcomer, clock, settings, peer, kept):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    newcomer.client.defaults["REMOTE_ADDR"] = peer
    newcomer.client.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.1, {CLIENT}"
    newcomer.sign_in()
    assert Session.objects.get(person=newcomer.user).address == kept


@pytest.mark.parametrize(("peer", "status"), [(PROXY, 200), (CLIENT, 301)])
def test_https_is_what_our_own_proxy_says_it_is(db, client, settings, peer, status):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"}, REMOTE_ADDR=peer)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox (Linux)"),
        (IPHONE, "Mobile Safari (iOS)"),
        ("curl/8.11.0", "curl"),
        ("", ""),
        (None, ""),
        ("???", ""),
    ],
)
def test_a_browser_is_called_by_a_few_words(agent, name):
    assert browser.name(request(agent=agent)) == name


@pytest.mark.parametrize("agent", ["Mozilla 12345678bot/1.0", "12345678bot/1.0", "curl/12345678", "1234567890Spider"])
def test_no_number_of_its_name_is_taken_for_a_code(agent):
    """The name stands in the mail with the code."""
    assert not re.search(r"\d{5}", browser.name(request(agent=agent)))


def test_a_browser_cannot_make_its_name_longer_than_we_keep():
    assert len(browser.name(request(agent=f"{'x' * 5000}/1.0 {FIREFOX}"))) <= 120


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/", True),
        ("/security/?a=b#c", True),
        ("/a//b", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("https:evil.example", False),
        ("javascript:alert(1)", False),
        ("security/", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_a_path_of_our_own_is_gone_on_to(path, is_ours, method):
    asked = getattr(RequestFactory(), method)("/", {"next": path})
    assert browser.own_path(asked, "/else/") == (path if is_ours else "/else/")


def test_the_form_has_the_last_word():
    asked = RequestFactory().post("/?next=/from-the-address/", {"next": "/from-the-form/"})
    assert browser.own_path(asked) == "/from-the-form/"
