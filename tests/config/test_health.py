"""What a load balancer and a monitor are told, and what strangers are not."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from security import outbox, pulse
from security.actor import Actor
from security.flows import support
from security.models import OutboxMessage

TOKEN = "a token that only the monitor has"
HEADER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def monitored(settings):
    settings.METRICS_TOKEN = TOKEN
    pulse.circuit.close()
    cache.delete(pulse.KEY)
    yield
    cache.delete(pulse.KEY)


def test_alive_asks_nobody(client, django_assert_num_queries):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert "no-store" in answer["Cache-Control"]


def test_ready_once_somebody_looks_for_mail(client, db):
    assert client.get("/health/ready").status_code == 503
    outbox.sweep()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_what_is_wrong_is_said_to_whoever_has_the_token(client, db):
    assert client.get("/health/ready").json() == {"ready": False}
    said = client.get("/health/ready", headers=HEADER).json()
    assert said["worker"] == "nobody looks for mail to send"
    assert {said[part] for part in ("database", "cache", "broker", "mail")} == {"ok"}


def test_a_worker_that_is_gone_for_a_minute(client, db, clock):
    outbox.sweep()
    clock.forward(59)
    assert client.get("/health/ready").status_code == 200
    clock.forward(2)
    assert client.get("/health/ready").status_code == 503


def test_mail_that_does_not_leave(client, owner, clock):
    support.open(owner.user.email, "help", actor=Actor())
    outbox.sweep()
    OutboxMessage.objects.update(delivered_at=None, wanted_at=timezone.now() - timedelta(seconds=601))
    said = client.get("/health/ready", headers=HEADER)
    assert (said.status_code, said.json()["mail"]) == (503, "the oldest waits for 601 s")


def test_a_broker_that_is_away(client, db, settings):
    from config.celery import app

    outbox.sweep()
    url, app.conf.broker_url = app.conf.broker_url, "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_URL = app.conf.broker_url
    try:
        said = client.get("/health/ready", headers=HEADER)
    finally:
        app.conf.broker_url = url
    assert said.status_code == 503
    assert said.json()["broker"].startswith("does not answer")
    assert "127.0.0.1" not in said.content.decode()


@pytest.mark.parametrize("shown", [None, "", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_metrics_are_no_page_without_the_token(client, db, shown):
    headers = {} if shown is None else {"authorization": shown}
    assert client.get("/metrics", headers=headers).status_code == 404
    assert set(client.get("/health/ready", headers=headers).json()) == {"ready"}


def test_without_a_token_set_nobody_has_one(client, db, settings):
    settings.METRICS_TOKEN = ""
    for shown in ("Bearer ", "Bearer", ""):
        assert client.get("/metrics", headers={"authorization": shown}).status_code == 404


def test_metrics_for_prometheus(client, owner, clock):
    support.open(owner.user.email, "help", actor=Actor())
    outbox.sweep()
    answer = client.get("/metrics", headers=HEADER)
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    said = answer.content.decode()
    assert re.search(r"^rekey_mails_waiting 0\.0$", said, re.M)
    assert re.search(r'^rekey_up\{part="worker"\} 1\.0$', said, re.M)
    assert owner.user.email not in said


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/.well-known/security.txt"])
def test_they_are_only_looked_at(client, db, path):
    assert client.post(path, headers=HEADER).status_code == 405


def test_whom_to_tell_of_a_hole(client, clock):
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    said = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert said["Contact"] == "mailto:support@example.com"
    assert said["Canonical"] == "http://127.0.0.1:8000/.well-known/security.txt"
    assert said["Expires"] == f"{timezone.now() + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}"
