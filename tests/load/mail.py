"""From the commit to the mail server's yes: ours, and bare Celery that renders the same templates."""

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from tests.faults import sink
from tests.load import serving
from tests.servers import answers, free_port, temporary_folder, wait_until

ONE_BY_ONE, AT_ONCE = 100, 500
CONTEXT = {
    "code": "1234 5678",
    "minutes": 10,
    "detail": {},
    "site_name": "My Account",
    "site_url": "http://127.0.0.1:8000",
    "support_email": "support@example.com",
}


class Postman:
    """A mail server that writes down when it took what."""

    def __init__(self) -> None:
        self.folder, self.port = temporary_folder(), free_port()
        (self.folder / "behaviour").write_text("")
        self.process = serving.start(["tests.faults.sink", str(self.port), str(self.folder)])
        wait_until(lambda: answers(self.port), "the mail server", 30)

    def took(self) -> dict[str, float]:
        return {mail.promise: mail.at for mail in sink.accepted(Path(self.folder))}

    def stop(self) -> None:
        serving.stop(self.process)


def compare(postman: Postman, people: list[Any], database: str) -> dict[str, dict[str, float]]:
    """Milliseconds from commit to yes, mails a second of a burst, and megabytes, by one worker process each."""
    how = {"EMAIL_URL": f"smtp://127.0.0.1:{postman.port}", "DATABASE_URL": database}
    sides = {"ours": (Ours(people), OURS), "floor": (Floor(), FLOOR)}
    return {name: _measure(postman, sender, serving.start(command, **how)) for name, (sender, command) in sides.items()}


OURS = ["celery", "-A", "config", "worker", "-c", "1", "-l", "ERROR", "--without-gossip", "--without-mingle"]
FLOOR = ["celery", "-A", "tests.load.floor.mail", "worker", "-c", "1", "-l", "ERROR", "-Q", "floor"]


def _measure(postman: Postman, sender: "Ours | Floor", worker: Any) -> dict[str, float]:
    try:
        _wait_for(postman, [sender.send()])
        waits = []
        for _ in range(ONE_BY_ONE):
            name, began = sender.send(), time.time()
            waits.append((_wait_for(postman, [name]) - began) * 1000)
        names = sender.prepare(AT_ONCE)
        began = time.time()
        sender.send_prepared()
        lasted = _wait_for(postman, names) - began
        memory = max(serving.pss(pid) for pid in [worker.pid, *serving.children(worker.pid)])
        return {"median": statistics.median(waits), "a second": AT_ONCE / lasted, "memory": memory}
    finally:
        serving.stop(worker)


def _wait_for(postman: Postman, names: list[str]) -> float:
    """When the last of these was taken."""
    wait_until(lambda: postman.took().keys() >= set(names), "the mails", 300)
    took = postman.took()
    return max(took[name] for name in names)


class Ours:
    """Mails with a code, promised in a transaction with their event."""

    def __init__(self, people: list[Any]) -> None:
        self.people, self.prepared = iter(people), list[int]()

    def send(self) -> str:
        """Promise one; its name, once that is committed and a worker was nudged."""
        return str(self._promise().public_id)

    def prepare(self, number: int) -> list[str]:
        """Promise so many while the broker seems to be away."""
        from security import tasks

        tasks.circuit._until = float("inf")
        messages = [self._promise() for _ in range(number)]
        tasks.circuit.close()
        self.prepared = [message.pk for message in messages]
        return [message.public_id for message in messages]

    def send_prepared(self) -> None:
        from security import tasks

        for pk in self.prepared:
            tasks.nudge(pk, is_urgent=True)

    def _promise(self) -> Any:
        from django.db import transaction

        from security import events
        from security.actor import Actor
        from security.models import Enrollment, Kind, OutboxMessage, VerificationCode

        person = next(self.people).user
        expires = timezone.now() + timedelta(minutes=30)
        with transaction.atomic():
            enrollment = Enrollment.objects.create(person=person, epoch=0, entrance="reset", expires_at=expires)
            code = VerificationCode.objects.create(
                person=person,
                purpose="enrollment",
                enrollment=enrollment,
                address=person.email,
                generation=1,
                epoch=0,
            )
            detail = {"to": "r@e.com", "generation": 1, "replaces": "Phone"}
            kind = Kind.VERIFICATION_CODE_PROMISED
            event = events.record(kind, person, Actor(browser="Firefox"), enrollment=enrollment, code=code, **detail)
        return OutboxMessage.objects.get(event=event)


class Floor:
    """The same mail, handed to Celery with all that is in it."""

    def __init__(self) -> None:
        self.number, self.waiting = 0, 0

    def send(self) -> str:
        from tests.load.floor import mail

        self.number += 1
        mail.send.delay(self.number, f"person{self.number}@example.com", "verification_code", CONTEXT)
        return f"floor{self.number}"

    def prepare(self, number: int) -> list[str]:
        self.waiting = number
        return [f"floor{self.number + index}" for index in range(1, number + 1)]

    def send_prepared(self) -> None:
        for _ in range(self.waiting):
            self.send()
