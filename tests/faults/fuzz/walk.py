"""One visit to one address, as hypothesis makes it up: look, send a form, follow where it leads, try another way."""

from typing import Any

from hypothesis import strategies as st

from tests.faults.fuzz import bodies, nonsense, pages
from tests.faults.fuzz.addresses import Address, from_link, on_the_wire
from tests.faults.fuzz.pages import Form
from tests.faults.fuzz.town import Town, opened
from tests.faults.fuzz.visitors import Visitor
from tests.faults.fuzz.wire import Answer, Ask

REQUESTS = 4  # in one visit
METHODS = ["GET"] * 6 + ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST"]
NETWORKS = ["127.0.0.1", "10.0.0.1", "::1", "192.0.2.1"]  # the first two are proxies
seldom = st.sampled_from([False] * 7 + [True])
mostly = st.sampled_from([True] * 7 + [False])
now_and_then = st.sampled_from([False] * 3 + [True])


def visit(town: Town, addresses: list[Address], data: st.DataObject) -> None:
    """Four requests about one of these. What hypothesis prints of a failure is what was sent."""
    address = data.draw(st.sampled_from(addresses), "where")
    guests = town.guests(address)
    name = data.draw(st.sampled_from(guests) if data.draw(mostly) else st.sampled_from(sorted(town.visitors)), "who")
    network = data.draw(st.sampled_from(NETWORKS) | st.ip_addresses().map(str), "from")
    with town.a_day():
        visitor = town.visitors[name].another_time(network)
        look = data.draw(looks(town, address, name), "look")
        page = town.ask(visitor, look)
        town.asked["GET", address.route] += 1
        form = form_of(town, address, page, visitor)
        answer = town.ask(visitor, send(town, address, form, visitor, data))
        town.asked["POST", address.route] += 1
        town.reached[address.route] += opened(answer)
        town.ask(visitor, after(town, answer, visitor, data))
        other = data.draw(st.sampled_from([name, name, "staff", *town.visitors]), "then")
        onlooker = visitor if other == name else town.visitors[other].another_time(network)
        town.ask(onlooker, data.draw(others(town, address, other), "other"))
        town.read_mail()


def form_of(town: Town, address: Address, page: Answer, visitor: Visitor) -> Form:
    """The form of this page, or what other pages send here, or what might be one."""
    own = [form for form in pages.read(page.text).forms if form.method == "POST" and not form.action]
    return (own or [town.forms.get(address.route) or bodies.public_form(visitor.right)])[0]


@st.composite
def ways(draw: st.DrawFn, town: Town, address: Address, name: str) -> str:
    """A path to this address, mostly one that is known to lead there."""
    if not address.arguments or draw(mostly):
        known = draw(st.sampled_from(town.paths(name, address)))
        return draw(spoilt(known)) if address.arguments and draw(seldom) else known
    return on_the_wire(address.path(*(draw(nonsense.arguments) for _ in address.arguments)))


def spoilt(path: str) -> Any:
    """The same with something put into it, as mail programs and hands do."""
    junk = st.sampled_from([" ", "/", "'", '"', "<", "\t", "\n", "%20", ".", "\\", "\x85"]) | nonsense.arguments
    return st.tuples(st.integers(0, path.count("/")), junk).map(lambda put: put_in(path, *put))


def put_in(path: str, place: int, junk: str) -> str:
    """After this many slashes."""
    parts = path.split("/")
    return "/".join([*parts[:place], on_the_wire(junk) + parts[place], *parts[place + 1 :]])


@st.composite
def looks(draw: st.DrawFn, town: Town, address: Address, name: str) -> Ask:
    query = draw(nonsense.asked(sorted(town.questions))) if draw(st.booleans()) else ""
    return Ask("GET", draw(ways(town, address, name)), query, **draw(heads()))


@st.composite
def heads(draw: st.DrawFn) -> dict[str, Any]:
    """Headers and cookies, strange ones now and then."""
    return {
        "headers": draw(nonsense.headers) if draw(now_and_then) else {},
        "cookies": draw(nonsense.cookies) if draw(seldom) else [],
        "is_alone": draw(st.sampled_from([False] * 15 + [True])),
    }


def send(town: Town, address: Address, form: Form, visitor: Visitor, data: st.DataObject) -> Ask:
    """A form that is filled in, or what a script would send."""
    path = data.draw(ways(town, address, visitor.name), "path")
    query = data.draw(nonsense.asked(sorted(town.questions)), "query") if data.draw(seldom) else ""
    if address.is_for_scripts:
        body = data.draw(of_a_script(town, path, visitor), "body")
        kind, length = "application/json", None
    else:
        pairs = data.draw(bodies.filled(form, visitor.right), "fields")
        body, kind, length = data.draw(bodies.form_bodies(pairs), "body")
    return Ask("POST", path, query, body=body, content_type=kind, length=length, **data.draw(heads(), "head"))


def of_a_script(town: Town, path: str, visitor: Visitor) -> Any:
    """What answers the question that was asked there just before, damaged; or anything."""
    begin = path.replace("/finish/", "/begin/")
    if begin == path or visitor.key is None:
        return bodies.junk_for_scripts
    asked = town.ask(visitor, Ask("POST", begin, body=b"{}", content_type="application/json")).said
    if "challenge" not in asked:
        return bodies.junk_for_scripts
    genuine = visitor.key.create(asked) if "pubKeyCredParams" in asked else visitor.key.get(asked)
    return bodies.answers_of_keys(genuine) | bodies.junk_for_scripts


def after(town: Town, answer: Answer, visitor: Visitor, data: st.DataObject) -> Ask:
    """Where it leads, or another page that this visitor knows."""
    if answer.location:
        return Ask("GET", *from_link(answer.location))
    return Ask("GET", data.draw(st.sampled_from(town.pages_of(visitor.name)), "after"))


@st.composite
def others(draw: st.DrawFn, town: Town, address: Address, name: str) -> Ask:
    """Any method, anywhere: here, at a page that may show what was typed, or at a path that nobody has made."""
    path = draw(st.sampled_from(town.pages_of(name)) | st.sampled_from(town.paths(name, address)) | nonsense.wild_paths)
    query = draw(nonsense.asked(sorted(town.questions))) if draw(now_and_then) else ""
    body = draw(bodies.junk_for_scripts) if draw(seldom) else b""
    return Ask(draw(st.sampled_from(METHODS)), path, query, body=body, **draw(heads()))
