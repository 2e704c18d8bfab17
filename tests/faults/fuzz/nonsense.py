"""Strategies for nonsense: texts, and the headers, cookies and questions that are made of them."""

from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from hypothesis import strategies as st

from tests.faults.fuzz.marks import ELSEWHERE, HEADER, MARK, SECRET, TEMPLATE, TOKEN
from tests.people import FIREFOX
from tests.trust import CHROME

LONGEST_LINE, LONGEST_HEADER = 4000, 8000  # gunicorn takes no more
NASTY = [
    MARK,
    f"<script>{MARK}</script>",
    f"</textarea></title>{MARK}<!--",
    f'"><img src=x onerror=alert(1)>{MARK}',
    f"javascript:alert(1)//{MARK}",
    '"zq2\'zq3>zq4&zq5"@example.com',
    '"\x01\x0b"@example.com',
    "zq3'zq4.zq5&zq6@example.com",
    TEMPLATE,
    "{% debug %}{% include 'admin/base.html' %}{{ request.session }}",
    "%(zq)s %s %d %n {0} {zq.__class__} ${7*7} #{7*7}",
    "\x00",
    f"zq\x00{MARK}",
    "%00%0d%0a",
    f"zq\r\n{HEADER}: 1\r\n\r\n<p>{MARK}",
    'zq\n{"at": "2036-11-24T12:00:05.000+00:00", "level": "info", "logger": "zq", "message": "signed in"}\n',
    "zq\x1b[2J\x1b]0;zq\x07",
    "zq\x85zq\u2028zq\u2029zq\x0b\x0c\x1c",
    "\ud800",
    "zq\udfff\ud83d",
    "\u202ezq\u2066\u200f\ufeff",
    "e" + "\u0301" * 300,
    "👩‍👩‍👧‍👦🦊" * 20,
    "ſıKßŉ",
    "z" * 100_000,
    " " * 5_000,
    "1" * 5_000,
    "１２３４５６",
    "٣" * 8,
    "१२३४५६",
    "𝟙𝟚𝟛𝟜𝟝𝟞",
    "²³",
    "-1",
    "0",
    str(10**30),
    str(2**31),
    str(2**63),
    "NaN",
    "-Infinity",
    "1e400",
    "0x10",
    "1_000",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59.999999+14:00",
    "24:00",
    "null",
    "[]",
    '{"a": [1, {"b": "\\ud800"}]}',
    "[" * 2_000,
    "' OR 1=1 --",
    "%' ESCAPE '",
    "../../../etc/passwd",
    f"//{ELSEWHERE}/",
    f"/\\{ELSEWHERE}/",
    f"/\t/{ELSEWHERE}/",
    f"https://{ELSEWHERE}/",
    f"\x01//{ELSEWHERE}/",
    f"//[{ELSEWHERE}",
    "x" * 300 + "@example.com",
]
nasty = st.sampled_from(NASTY)
digits = st.text(st.characters(categories=["Nd", "No"]), min_size=1, max_size=12)
numbers = st.integers() | st.floats() | st.decimals()
moments = st.datetimes().map(lambda at: at.isoformat()) | st.dates().map(str) | st.times().map(str)
anything = st.text(st.characters(), max_size=60)  # lone surrogates among it
mixed = st.lists(st.sampled_from([text for text in NASTY if len(text) < 200]), min_size=2, max_size=4).map("".join)
marked = (mixed | anything).map(lambda text: text[:1_000] + MARK)
texts = nasty | mixed | marked | marked | anything | digits | numbers.map(str) | moments
typed = texts | (mixed | st.sampled_from([*NASTY, "@example.com"])).map(lambda text: SECRET + text)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def as_bytes(text: str) -> bytes:
    """In UTF-8, as far as it is any."""
    return text.encode(errors="surrogatepass")


def as_header(text: str) -> str:
    """What of it a server would hand on as the value of a header, one sign a byte."""
    signs = as_bytes(text).decode("latin-1")
    return "".join(sign for sign in signs if sign == "\t" or " " <= sign != "\x7f")[:LONGEST_HEADER].strip()


header_values = texts.map(as_header)


def one_of(*plausible: str) -> Any:
    """One of these, or nonsense."""
    return st.sampled_from(plausible) | header_values


HEADERS: dict[str, Any] = {
    "HTTP_USER_AGENT": one_of(FIREFOX, CHROME, "", "curl/8", "Mozilla/5.0 (" + "a;" * 3000, f"Mozilla/5.0 {MARK}/9"),
    "HTTP_ACCEPT_LANGUAGE": one_of("de", "fr-CH, fr;q=0.9", "pt-BR", "*", "de;q=nan", "zh-Hant-TW-x-y", "a-" * 2000),
    "HTTP_X_FORWARDED_FOR": one_of("1.2.3.4", "nonsense, 1.2.3.4, ::::", "fe80::1%eth0", "::ffff:1.2.3.4", "," * 3000),
    "HTTP_X_FORWARDED_PROTO": one_of("https", "http", "https,http", "javascript"),
    "HTTP_X_FORWARDED_HOST": one_of(ELSEWHERE, "localhost"),
    "HTTP_X_FORWARDED_PORT": one_of("443", "-1", "99999999"),
    "HTTP_X_REQUEST_ID": one_of("proxy-0123456789", "short", MARK),
    "HTTP_REFERER": one_of("http://localhost:8000/", f"https://{ELSEWHERE}/", "javascript:alert(1)", "http://[::1"),
    "HTTP_ORIGIN": one_of("http://localhost:8000", "null", f"https://{ELSEWHERE}", "http://[::1"),
    "HTTP_HOST": one_of(
        "localhost:8000", "testserver", ELSEWHERE, "localhost:99999", "[::1]", "localhost.", "a@localhost"
    ),
    "HTTP_AUTHORIZATION": one_of(f"Bearer {TOKEN}", "Bearer", "Basic Og==", "bearer  zq", MARK),
    "HTTP_IF_MODIFIED_SINCE": one_of("Sat, 24 Nov 2035 12:00:05 GMT", "Mon, 99 Nov 9999 99:99:99 GMT"),
    "HTTP_IF_UNMODIFIED_SINCE": one_of("Sat, 24 Nov 1990 12:00:05 GMT"),
    "HTTP_IF_NONE_MATCH": one_of("*", 'W/"zq"'),
    "HTTP_IF_MATCH": one_of("*", '"zq"'),
    "HTTP_RANGE": one_of(
        "bytes=0-1", "bytes=5-1", "bytes=-1", "bytes=0-1,2-3,4-", "lines=1-2", "bytes=" + "9" * 40 + "-"
    ),
    "HTTP_ACCEPT": one_of("*/*", "application/json", "text/html;q=nan", "a/b;" * 500),
    "HTTP_ACCEPT_ENCODING": one_of("gzip, br", "identity;q=0", "*;q=0"),
    "HTTP_X_REQUESTED_WITH": one_of("XMLHttpRequest"),
    "HTTP_X_CSRFTOKEN": one_of("a" * 32, "a" * 64),
    "HTTP_X_HTTP_METHOD_OVERRIDE": one_of("DELETE"),
    "HTTP_X_REAL_IP": one_of("1.2.3.4", "::1"),
    "HTTP_VIA": one_of("1.1 zq"),
    "HTTP_FORWARDED": one_of(f"for=1.2.3.4;host={ELSEWHERE};proto=https"),
}
headers = st.dictionaries(st.sampled_from(sorted(HEADERS)), st.none(), min_size=1, max_size=8).flatmap(
    lambda names: st.fixed_dictionaries({name: HEADERS[name] for name in names})
)
COOKIES = [
    settings.SESSION_COOKIE_NAME,
    settings.CSRF_COOKIE_NAME,
    settings.BROWSER_COOKIE_NAME,
    settings.TRUST_COOKIE_NAME,
    settings.LANGUAGE_COOKIE_NAME,
    "messages",
    "zq",
]
cookies = st.lists(
    st.tuples(
        st.sampled_from(COOKIES) | header_values,
        st.sampled_from(["", "a" * 64, '"\\000\\012"', "%00", "a=b=c", '"', "{}", "zq:1:zq"]) | header_values,
    ),
    min_size=1,
    max_size=3,
)

elsewhere = [text for text in NASTY if ELSEWHERE in text or text.startswith("javascript:")]
targets = st.tuples(st.just("next"), st.sampled_from(elsewhere))

# Questions in an address. Some are known to the site, some to Django's admin, some to nobody.
QUESTIONS = [
    "next",
    "for",
    "with",
    "show",
    "before",
    "device",
    "add",
    "done",
    "sent",
    "asked",
    "added",
    "again",
    "passkey",
    "language",
    "stay",
    "o",
    "p",
    "q",
    "all",
    "e",
    "state",
    "kind__exact",
    "id__exact",
    "place__exact",
    "person__email__startswith",
    "at__year",
    "at__gte",
    "password__startswith",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "_facets",
    "app_label",
    "model_name",
    "field_name",
    "term",
    "zq",
]


def asked(names: list[str]) -> Any:
    """A question in an address, with these names beside those that are known everywhere."""
    name = st.sampled_from(sorted({*names, *QUESTIONS})) | texts
    pairs = st.lists(st.tuples(name, texts) | targets, min_size=1, max_size=4).map(in_an_address)
    raw = st.sampled_from(
        ["%", "%zz=%f", "%ff%fe=%c3%28", "=", "&&&=&", "a=1&" * 60, "next=%00", "?" * 50, "next[]=1;q=1"]
    )
    return pairs | raw


def in_an_address(pairs: list[tuple[str, str]]) -> str:
    written = "&".join(f"{quote_plus(as_bytes(name))}={quote_plus(as_bytes(value))}" for name, value in pairs)
    return written[:LONGEST_LINE]


# Paths that nobody has made.
WILD = [
    "//zq.example/",
    "/\\zq.example",
    "//[zq",
    "/" + "a/" * 1_500,
    f"/{MARK}",
    f"/security/{MARK}/",
    "/security/\x00",
    "/sign-in",
    "/admin/zq.example//",
    "/static/../../etc/passwd",
    "/static/site.css",
    f"/zq\r\n{HEADER}: 1",
    "/\xff\xfe",
    "/%2e%2e/",
    "/index.php",
    "*",
    "",
]
wild_paths = (st.sampled_from(WILD) | texts.map(lambda text: "/" + text)).map(
    lambda path: as_bytes(path).decode("latin-1")[:LONGEST_LINE]
)


def argument(text: str) -> str:
    """What of it may stand between two slashes."""
    return text.replace("/", "")[:1_000] or "x"


arguments = texts.map(argument)
