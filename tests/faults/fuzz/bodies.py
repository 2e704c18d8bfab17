"""Strategies for what is sent: forms that are filled in, rightly and wrongly, and bodies that are no form at all."""

import encodings.aliases
import json
from typing import Any
from urllib.parse import quote_plus

from hypothesis import strategies as st

from tests.faults.fuzz.marks import MARK, SECRET
from tests.faults.fuzz.nonsense import as_bytes, json_values, targets, texts, typed
from tests.faults.fuzz.pages import Field, Form
from tests.faults.fuzz.wire import FORM

# The fields of the site, and some that are nobody's to send.
PUBLIC = [
    "email",
    "password",
    "new_password",
    "code",
    "name",
    "address",
    "stolen",
    "trust_browser",
    "language",
    "time_zone",
    "next",
    "setup_key",
    "message",
    "codes",
    "position",
    "reason",
]
FOREIGN = [
    "is_staff",
    "is_superuser",
    "user",
    "person",
    "row",
    "proved_at",
    "enrollment",
    "epoch",
    "session",
    "public_id",
    "csrfmiddlewaretoken",
    "_save",
    "_selected_action",
    "action",
    "index",
    "select_across",
    "texts-TOTAL_FORMS",
    "texts-INITIAL_FORMS",
    "zq",
]
FREE_TEXT = f"{SECRET} {MARK}"  # short enough for any name, and shown later on
CODECS = sorted({*encodings.aliases.aliases.values(), "undefined", "idna", "unicode_escape", "zq"})
BOUNDARY = "zqzqzq"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
STRANGE_TYPES = [
    "",
    "text/plain",
    "application/json",
    "application/octet-stream",
    "multipart/form-data",
    f"multipart/form-data; boundary={'z' * 500}",
    "multipart/form-data; boundary*=utf-8''zq",
    "multipart/mixed; boundary=zq",
    f"{FORM}; charset*=zq''zq",
    f"{FORM}; zq*0*=zq''%ff; zq*1=zq",
    "application/x-www-form-urlencoded, application/json",
    ";" * 1_000,
    f"a/{MARK}",
]
# What fits a field of this kind and is as far out as it gets.
EXTREMES = {
    "date": ["9999-12-31", "0001-01-01", "2000-02-29"],
    "time": ["00:00", "23:59:59.999999"],
    "datetime-local": ["0001-01-01T00:00", "9999-12-31T23:59"],
    "number": ["0", "-1", "1", str(2**15 - 1), str(2**15), str(2**31), str(2**63), "1e3"],
}
Pairs = list[tuple[str, str]]


def right_for(field: Field, right: dict[str, list[str]]) -> Any:
    """What would do for this field: what its sender knows, or what the page offers, or a line of text."""
    if known := right.get(field.name):
        return st.sampled_from(known)
    return st.sampled_from([FREE_TEXT, FREE_TEXT, *field.plain] if field.kind in ("text", "textarea") else field.plain)


def wrong_for(field: Field, *, is_odd: bool = False) -> Any:
    """Nonsense, or with `is_odd` what is none but hardly ever meant."""
    extremes = st.sampled_from(EXTREMES[field.kind]) if field.kind in EXTREMES else typed
    return extremes if is_odd else extremes | typed


@st.composite
def filled(draw: st.DrawFn, form: Form, right: dict[str, list[str]]) -> Pairs:
    """The fields of a form: all right but one, or any odd, wrong or missing; some twice, some from elsewhere."""
    pairs: Pairs = []
    has_odd = any(field.kind in EXTREMES for field in form.fields)
    wrong = draw(st.sampled_from(["none", "none", "one", "one", "odd" if has_odd else "any", "any", "any"]))
    odd = draw(st.integers(0, len(form.fields) - 1)) if form.fields and wrong == "one" else -1
    for index, field in enumerate(form.fields):
        is_wrong = draw(st.booleans()) if wrong == "any" else index == odd
        if wrong == "odd" and field.kind in EXTREMES and draw(st.booleans()):
            pairs.append((field.name, draw(wrong_for(field, is_odd=True))))
        elif not is_wrong:
            pairs.append((field.name, draw(right_for(field, right))))
        elif draw(st.sampled_from([True, True, True, False])):
            pairs.append((field.name, draw(wrong_for(field))))
    for name in draw(st.lists(st.sampled_from([*PUBLIC, *FOREIGN]) | texts, max_size=2)):
        pairs.append((name, draw(st.sampled_from(["on", "1"]) | typed)))
    pairs += draw(st.lists(targets, max_size=1))
    if pairs and draw(st.sampled_from([False, False, False, True])):
        pairs.append((draw(st.sampled_from(pairs))[0], draw(typed)))
    return pairs


def public_form(right: dict[str, list[str]]) -> Form:
    """For a page that shows none."""
    return Form("", "POST", [Field(name, "text", []) for name in PUBLIC if name in right or name in ("next", "name")])


def urlencoded(pairs: Pairs) -> bytes:
    return "&".join(f"{quote_plus(as_bytes(name))}={quote_plus(as_bytes(value))}" for name, value in pairs).encode()


def multipart(pairs: Pairs, *, as_files: bool = False) -> bytes:
    parts = []
    for name, value in pairs:
        named = as_bytes(name).replace(b'"', b"%22").replace(b"\r", b"").replace(b"\n", b"")
        file = b'; filename="../zq\\zq.html"\r\nContent-Type: text/html' if as_files else b""
        head = b'Content-Disposition: form-data; name="' + named + b'"' + file
        parts.append(f"--{BOUNDARY}\r\n".encode() + head + b"\r\n\r\n" + as_bytes(value) + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def damaged(body: bytes) -> Any:
    """The same, cut off, or with something strange in it."""
    cut = st.integers(0, len(body)).map(lambda at: body[:at])
    return cut | st.binary(max_size=20).flatmap(
        lambda junk: st.integers(0, len(body)).map(lambda at: body[:at] + junk + body[at:])
    )


@st.composite
def form_bodies(draw: st.DrawFn, pairs: Pairs) -> tuple[bytes, str, int | None]:
    """Body, content type, and a length if that is not true: most are forms, some are broken."""
    how = draw(
        st.sampled_from(["form"] * 9 + ["parts"] * 2 + ["files", "charset", "broken", "strange", "json", "length"])
    )
    plain, parts = urlencoded(pairs), multipart(pairs)
    match how:
        case "parts":
            return parts, MULTIPART, None
        case "files":
            return multipart(pairs, as_files=True), MULTIPART, None
        case "charset":
            kind, body = draw(st.sampled_from([(FORM, plain), (MULTIPART, parts), ("text/plain", plain)]))
            return body, f"{kind}; charset={draw(st.sampled_from(CODECS))}", None
        case "broken":
            return draw(damaged(parts)), draw(st.sampled_from([MULTIPART, MULTIPART + "; charset=utf-7"])), None
        case "strange":
            return draw(damaged(plain)), draw(st.sampled_from(STRANGE_TYPES)), None
        case "json":
            return as_json(dict(pairs)), "application/json", None
        case "length":
            return plain, FORM, draw(st.integers(0, len(plain) + 1_000))
    return plain, FORM, None


def as_json(said: Any) -> bytes:
    return as_bytes(json.dumps(said, ensure_ascii=False, default=str))


junk_for_scripts = (
    json_values.map(as_json)
    | st.binary(max_size=200)
    | st.sampled_from([b"", b"[" * 20_000, b'{"a":' * 5_000, b"NaN", b"1" * 5_000])
)


@st.composite
def answers_of_keys(draw: st.DrawFn, genuine: dict[str, Any]) -> bytes:
    """What a passkey says, with something in it replaced or missing, at any depth."""
    said = json.loads(json.dumps(genuine))
    for _ in range(draw(st.integers(0, 2))):
        place = said
        if isinstance(said.get("response"), dict) and draw(st.booleans()):
            place = said["response"]
        name = draw(st.sampled_from(sorted(place)))
        how = draw(st.sampled_from(["another", "nonsense", "none"]))
        if how == "another" and isinstance(place[name], str):
            place[name] = place[name][:-8] + "A" * 8  # still as long
        elif how != "none":
            place[name] = draw(json_values)
        else:
            del place[name]
        if not said:
            break
    return as_json(said)
