"""Bare Celery: a task that renders our templates with what it is given, and sends them. `celery -A
tests.load.floor.mail`
"""

import os

import django
from celery import Celery

django.setup()

from django.core.mail import EmailMultiAlternatives  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.utils import translation  # noqa: E402

app = Celery("floor", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True
app.conf.task_default_queue = "floor"


@app.task(name="floor.send")
def send(number: int, address: str, template: str, context: dict[str, object]) -> None:
    with translation.override("en"):
        subject = render_to_string(f"mail/{template}.subject.txt", context)
        body = render_to_string(f"mail/{template}.txt", context)
        html = render_to_string(f"mail/{template}.html", context)
    headers = {"Message-ID": f"<floor{number}.account@example.com>"}
    mail = EmailMultiAlternatives(" ".join(subject.split()), body, "account@example.com", [address], headers=headers)
    mail.attach_alternative(html, "text/html")
    mail.send()
