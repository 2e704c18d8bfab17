"""The help articles: open to everybody, dated, bound to each other, and linked from where the question arises."""

import re

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from accounts import articles

pytestmark = pytest.mark.django_db
SLUGS = [article.slug for article in articles.ARTICLES]


def test_there_are_three():
    assert SLUGS == ["enroll-a-new-device", "set-up-mfa", "why-not-prompted"]


@pytest.mark.parametrize("slug", SLUGS)
def test_each_has_a_date_the_others_and_where_to_ask(client, slug):
    page = client.get(f"/help/{slug}/").content.decode()
    assert page.count("<h1>") == 1
    assert re.search(r"Last changed on \d+ \w+ 20\d\d", page)
    for other in SLUGS:
        assert (f'href="/help/{other}/"' in page.split("Related articles")[1]) == (other != slug)
    assert "Need help?" in page
    assert 'href="/help/ask-support/"' in page


def test_the_list_leads_to_all_of_them(client):
    page = client.get("/help/").content.decode()
    assert all(f'href="/help/{slug}/"' in page for slug in SLUGS)


@pytest.mark.parametrize("made_up", ["nothing", "enroll", "x" * 300])
def test_what_is_not_there_is_not_found(client, made_up):
    assert client.get(f"/help/{made_up}/").status_code == 404


def test_the_way_to_a_new_device_has_nine_steps_and_pictures_of_our_own_screens(client):
    page = client.get("/help/enroll-a-new-device/").content.decode()
    steps = page.split('<ol class="steps">')[1].split("</ol>")[0]
    assert steps.count("<li>") == 9
    pictures = re.findall(
        r'<img src="/static/(help/\w+\.png)" width="(\d+)" height="(\d+)" loading="lazy" alt="(.+?)"', page
    )
    assert len(pictures) == 5
    for path, width, height, words in pictures:
        file = finders.find(path)
        assert file, path
        with Image.open(file) as picture:
            assert abs(picture.width / picture.height - int(width) / int(height)) < 0.01, path
        assert len(words) > 20


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/security/", "enroll-a-new-device"),
        ("/security/reset/email/", "enroll-a-new-device"),
        ("/security/browsers/", "why-not-prompted"),
    ],
)
def test_it_is_linked_from_where_the_question_arises(owner, path, slug):
    assert f"/help/{slug}/" in owner.sign_in().get(path).content.decode()


def test_also_at_the_prompt_for_a_code_and_before_the_first_device(owner, newcomer):
    owner.give_password()
    assert "/help/enroll-a-new-device/" in owner.get("/sign-in/code/").content.decode()
    newcomer.give_password()
    assert "/help/set-up-mfa/" in newcomer.get("/security/").content.decode()


def test_the_words_of_the_article_are_those_of_the_screens(client):
    page = client.get("/help/enroll-a-new-device/").content.decode()
    for words in ("Reset for a new device", "Set up a new mobile device", "Continue", "Next", "Sign in", "Enabled"):
        assert f"<strong>{words}</strong>" in page
