"""What offers a passkey is written once, with everybody's own token; an address that is a key is not kept."""

import json
import re

from django.template import RequestContext, Template
from django.test import RequestFactory

from security.templatetags import passkeys


def said(template, **values):
    request = RequestFactory().get("/", headers={"Host": "localhost"})
    return Template("{% load passkeys %}" + template).render(RequestContext(request, values))


def token_in(page):
    configuration = re.search(r'id="otp_webauthn_config" type="application/json">(.*?)</script>', page)[1]
    return json.loads(configuration)["csrfToken"]


def test_it_is_written_once_and_each_has_a_token_of_their_own():
    passkeys._offer.cache_clear()
    pages = [said("{% passkey 'accounts:sign_in_passkey' field='#id_email' %}{{ csrf_token }}") for _ in range(2)]
    assert passkeys._offer.cache_info().misses == 1
    tokens = [token_in(page) for page in pages]
    assert tokens[0] != tokens[1]
    assert all(page.endswith(token) for page, token in zip(pages, tokens, strict=True)), "the one of the page's forms"


def test_the_key_of_a_mailed_link_is_not_kept():
    passkeys._offer.cache_clear()
    page = said("{% passkey 'security:undo_passkey' token %}", token="the-key")
    assert "/security/undo/the-key/passkey/finish/" in page
    assert passkeys._offer.cache_info().currsize == 0
