"""What a page of the site offers: its links, its forms and their fields."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

LEAD_ON = ("href", "action", "formaction")
IN_A_SCRIPT = re.compile(r'"(/[^"\\]*)"')
FIELDS = ("input", "select", "textarea", "button")
BY_KIND = {"date": "2036-12-01", "time": "12:00", "number": "1", "datetime-local": "2036-11-01T00:00"}
BY_CLASS = {"vDateField": "date", "vTimeField": "time"}


@dataclass
class Field:
    name: str
    kind: str
    values: list[str]  # what a browser would send, or may

    @property
    def plain(self) -> list[str]:
        """What fits, where nobody knows better."""
        return self.values or [BY_KIND.get(self.kind, "")]


@dataclass
class Form:
    """Where it goes, and what it asks; a token against forgery is none of its fields."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)


@dataclass
class Page:
    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    title: str = ""

    @property
    def looks(self) -> tuple[str, ...]:
        """The same for pages that ask the same under the same title."""
        return (self.title, *(one.name for form in self.forms for one in form.fields))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.form: Form | None = None
        self.field: Field | None = None
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.tag = tag
        self.page.links += [
            value for name, value in said.items() if value and (name in LEAD_ON or value.startswith("/"))
        ]
        if tag == "form":
            self.form = Form(said.get("action", ""), said.get("method", "get").upper())
            self.page.forms.append(self.form)
        elif (
            tag in FIELDS and self.form is not None and said.get("name", "csrfmiddlewaretoken") != "csrfmiddlewaretoken"
        ):
            self._field(tag, said)
        elif tag == "option" and self.field is not None:
            self.field.values.append(said.get("value", ""))

    def _field(self, tag: str, said: dict[str, str]) -> None:
        assert self.form
        known = next((one for one in self.form.fields if one.name == said["name"]), None)
        self.field = known or Field(said["name"], BY_CLASS.get(said.get("class", "")) or said.get("type", tag), [])
        if known is None:
            self.form.fields.append(self.field)
        if said.get("value") or self.field.kind in ("checkbox", "hidden"):
            self.field.values.append(said.get("value", "on" if self.field.kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self.tag == "script":
            self.page.links += IN_A_SCRIPT.findall(data)
        elif self.tag == "title":
            self.page.title += data
        if self.field is not None and self.field.kind == "textarea" and data.strip():
            self.field.values.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""
        if tag in FIELDS:
            self.field = None
        if tag == "form":
            self.form = None


def read(html: str) -> Page:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.page
