"""The site with everybody in it: who may go where, what was asked, and the one place through which it is asked."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urljoin

from django.conf import settings
from django.core import mail
from django.db import transaction

from accounts import portal
from security import outbox, pulse, windows
from tests.faults.fuzz import pages, promises
from tests.faults.fuzz.addresses import Address, every_address, from_link, on_the_wire, route_of
from tests.faults.fuzz.log import Log
from tests.faults.fuzz.pages import Form
from tests.faults.fuzz.visitors import Visitor
from tests.faults.fuzz.wire import Answer, Ask

PATHS_EACH, MOST_PATHS = 20, 8  # that one visitor looks at of one address, and that count there
GATES = ("/sign-in/?next=", "/security/step-up/")


class Town:
    def __init__(self, visitors: list[Visitor], log: Log) -> None:
        self.visitors, self.log = {visitor.name: visitor for visitor in visitors}, log
        self.known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.met: dict[tuple[str, str], set[str]] = defaultdict(set)  # paths, by visitor and address
        self.looks: set[tuple[str, str, tuple[str, ...]]] = set()  # of pages, by the same
        self.forms: dict[str, Form] = {}
        self.questions: set[str] = set()
        self.asked: Counter[tuple[str, str]] = Counter()  # by method and address, of what was made up
        self.reached: Counter[str] = Counter()  # by address, of the forms among them
        self.answers: Counter[str] = Counter()  # by their kind: 2xx and so on
        self._guests: dict[Address, tuple[list[str], bool]] = {}

    def ask(self, visitor: Visitor, ask: Ask) -> Answer:
        """Ask, and hold whatever is promised of every answer."""
        answer = visitor.browser.send(ask)
        self.answers[f"{answer.status // 100}xx"] += 1
        entries = self.log.read()
        promises.hold(answer, entries)
        promises.leaves_one_line(answer, entries)
        return answer

    def read_mail(self) -> None:
        """What was promised by mail can be written, and shows what was typed as text."""
        mail.outbox.clear()
        outbox.sweep(None)
        troubles = [entry for entry in self.log.read() if entry["level"] != "info"]
        assert troubles == []
        for message in mail.outbox:
            promises.is_a_letter(message)

    @contextmanager
    def a_day(self) -> Iterator[None]:
        """Whatever is done in it is undone at its end, and no network is stopped for what was done on another day."""
        windows.limiter_at(settings.REDIS_URL).storage.reset()
        portal.forget()
        pulse.beat()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    # Getting to know it.

    def explore(self) -> None:
        """Let everybody look at every page that they can find, and remember the ways there."""
        for name, visitor in self.visitors.items():
            for link in visitor.links:
                self.known[route_of(link)][name].append(link)
            paths = [address.path() for address in every_address() if not address.arguments] + visitor.links
            with self.a_day():
                guest = visitor.another_time(visitor.browser.address)
                while paths:
                    paths += self._look(name, guest, paths.pop(0))

    def _look(self, name: str, visitor: Visitor, link: str) -> list[str]:
        """The ways that this page shows to addresses of which this visitor did not know enough."""
        path, query = from_link(link)
        route = route_of(path.encode("latin-1").decode(errors="replace"))
        answer = self.ask(visitor, Ask("GET", path, query))
        if answer.status == 200:
            self.seen[route].add(name)
        if answer.kind != "text/html":
            return []
        page = pages.read(answer.text)
        for form in page.forms:
            self._remember(form, link)
        if (name, route, page.looks) in self.looks and path in self.known[route][name]:
            self.known[route][name].remove(path)  # another one like it is known
        self.looks.add((name, route, page.looks))
        found = [urljoin(link, one) for one in page.links] + ([answer.location] if answer.location else [])
        return [one for one in found if self._is_news(name, one)]

    def _remember(self, form: Form, here: str) -> None:
        path, _ = from_link(urljoin(here, form.action or here))
        if form.method == "POST":
            self.forms.setdefault(route_of(path), form)
        else:
            self.questions |= {field.name for field in form.fields}

    def _is_news(self, name: str, link: str) -> bool:
        if not link.startswith("/") or link.startswith("//"):
            return False
        path, query = from_link(link)
        self.questions |= {question for question, _ in parse_qsl(query)}
        route = route_of(path)
        met = self.met[name, route]
        if not route or path in met or len(met) >= PATHS_EACH:
            return False
        met.add(path)
        self.known[route][name].append(path)
        return "<" in route

    def guests(self, address: Address) -> list[str]:
        """Those who get furthest there: who see a page and whose form is taken, or one of the two; or everybody."""
        return self._met(address)[0]

    def weight(self, address: Address) -> int:
        """How much there is to see: more where a form is taken, most where it is another one at every path."""
        guests, is_taken = self._met(address)
        return 1 + min(MOST_PATHS, max(len(self.paths(name, address)) for name in guests)) if is_taken else 1

    def _met(self, address: Address) -> tuple[list[str], bool]:
        if address not in self._guests:
            seen = sorted(self.seen[address.route])
            taken = [name for name in seen or self.visitors if self._is_taken(name, address)]
            self._guests[address] = taken or seen or list(self.visitors), bool(taken)
        return self._guests[address]

    def _is_taken(self, name: str, address: Address) -> bool:
        form = Ask("POST", self.paths(name, address)[0], body=b"{}", content_type="application/json")
        with self.a_day():
            return opened(self.ask(self.visitors[name].another_time("10.0.0.1"), form))

    def paths(self, name: str, address: Address) -> list[str]:
        """Those that this visitor knows to it; where that is none, those of others, or one that is made up."""
        known = self.known[address.route]
        found = known[name] or [path for paths in known.values() for path in paths[:1]]
        return found or [on_the_wire(address.path(*("x" for _ in address.arguments)))]

    def pages_of(self, name: str) -> list[str]:
        """All that this visitor knows of."""
        return sorted(path for paths in self.known.values() for path in paths[name])


def opened(answer: Answer) -> bool:
    """Whether what is behind the gates has answered. A refusal in words of a ceremony is an answer."""
    if answer.status == 403:
        return answer.said.get("code", "gate") != "gate"
    is_sent_back = answer.location == "/sign-in/" and answer.ask.path.startswith("/sign-in/")
    return answer.status < 400 and not answer.location.startswith(GATES) and not is_sent_back
