"""The words of the site in its other languages: `update` writes the catalogues anew, `check` finds what is wrong.

Babel reads the sources and keeps the catalogues, so that nobody needs gettext's own tools. `make messages` and
`make check` call this.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale"
LANGUAGES = ("fr", "it", "de", "es", "pt", "nl")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|</?\w+[^>]*>|&\w+;")


def sources() -> Iterator[tuple[str, BytesIO]]:
    """Every file with words for people, as Python. The demo speaks English only, to people who develop."""
    for folder in ("accounts", "security", "config"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts and "demo" not in path.parts:
                yield str(path.relative_to(ROOT)), BytesIO(path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if "demo" not in path.parts:
            lines = templatize(path.read_text(), origin=path.name).splitlines()
            yield str(path.relative_to(ROOT)), BytesIO("\n".join(line.lstrip() for line in lines).encode())


def template() -> Catalog:
    """All that is to be translated, with the files it stands in."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for name, source in sources():
        for _, text, _, context in extract("python", source, keywords=KEYWORDS):
            catalog.add(text, locations=[(name, 0)], context=context)
    return catalog


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept; an empty one for a new language."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Take over new words and drop those that are gone; compile. Nothing is guessed from what looks alike."""
    wanted = template()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        catalog.fuzzy = False
        catalog.project, catalog.version = "Rekey", ""
        catalog.last_translator = catalog.language_team = "Rekey"
        catalog.header_comment = f"# The words of the site in {catalog.locale.english_name}."
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "django.po").open("wb") as file:
            write_po(file, catalog, width=110, include_lineno=False, sort_output=False)
        (folder / "django.mo").write_bytes(compiled(catalog))
        missing = sum(not is_complete(message) for message in catalog if message.id)
        sys.stdout.write(f"{language}: {len(catalog)} messages, {missing} to translate\n")


def compiled(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def is_complete(message: Message) -> bool:
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(texts) and all(texts)


def check() -> list[str]:
    """What is wrong in any language, a line each."""
    wanted, found = template(), []
    for language in LANGUAGES:
        catalog = read(language)
        found += [f"{language}: {trouble}" for trouble in troubles(catalog, wanted)]
        if _kept(language) != _texts(catalog):
            found.append(f"{language}: django.mo is not what django.po says; run `make messages`")
    return found


def troubles(catalog: Catalog, wanted: Catalog) -> Iterator[str]:
    """What is missing, left over, fuzzy, or has other placeholders or tags than the English."""
    ours, theirs = _keys(catalog), _keys(wanted)
    for key in sorted(theirs.keys() - ours.keys()):
        yield f"not in the catalogue (run `make messages`): {key[1]!r}"
    for key in sorted(ours.keys() - theirs.keys()):
        yield f"no longer in the sources (run `make messages`): {key[1]!r}"
    for key, message in ours.items():
        if not is_complete(message):
            yield f"not translated: {key[1]!r}"
        elif message.fuzzy:
            yield f"fuzzy: {key[1]!r}"
        else:
            yield from _odd_holes(message)


def _odd_holes(message: Message) -> Iterator[str]:
    source = [message.id] if isinstance(message.id, str) else list(message.id)
    texts = [message.string] if isinstance(message.string, str) else list(message.string)
    allowed = [_holes(text) for text in source]
    for text in texts:
        if _holes(text) not in allowed:
            yield f"placeholders or tags differ: {source[0]!r} -> {text!r}"
        if _edges(text) != _edges(source[0]):
            yield f"spaces at the start or end differ: {source[0]!r} -> {text!r}"


def _holes(text: str) -> list[str]:
    return sorted(HOLE.findall(text))


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def _keys(catalog: Catalog) -> dict[tuple[str, str], Message]:
    pairs = ((message.id if isinstance(message.id, str) else message.id[0], message) for message in catalog)
    return {(message.context or "", text): message for text, message in pairs if text}


def _texts(catalog: Catalog) -> dict[tuple[str, str], object]:
    texts = {key: message.string for key, message in _keys(catalog).items() if is_complete(message)}
    return {key: tuple(text) if isinstance(text, list) else text for key, text in texts.items()}


def _kept(language: str) -> dict[tuple[str, str], object]:
    path = LOCALE / language / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return _texts(read_mo(file))


def main() -> int:
    if sys.argv[1:] == ["update"]:
        update()
        return 0
    found = check()
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
