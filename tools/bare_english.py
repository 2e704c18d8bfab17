"""Finds sentences in templates that no translator would ever see. Run by `make check`; prints file, line and text."""

import re
import sys
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
DEMO = TEMPLATES / "demo"  # the demo speaks English only, to people who develop
STATIC = TEMPLATES / "500.html"  # says it in every language at once, and runs nothing that could fail as well

MARKED = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", re.S)
COMMENT = re.compile(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|<style>.*?</style>", re.S)
TAG = re.compile(r"<[^>]*>", re.S)
WORDS = re.compile(r"[A-Za-z]{3,}(?:[ ,:][A-Za-z]+)*")
NAMES = {"Google Authenticator", "Microsoft Authenticator", "Aegis", "App Store", "Google Play", "F-Droid"}


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def bare(path: Path) -> list[tuple[int, str]]:
    """The unmarked words of one template, with the line each stands on."""
    text = path.read_text()
    for pattern in (COMMENT, MARKED, TAG):
        text = pattern.sub(_blank, text)
    for name in NAMES:
        text = text.replace(name, " " * len(name))
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if WORDS.search(line.strip())]


def main() -> int:
    found = 0
    for path in sorted(TEMPLATES.rglob("*.*")):
        if DEMO not in path.parents and path != STATIC:
            for number, text in bare(path):
                sys.stdout.write(f"{path.relative_to(TEMPLATES)}:{number}: {text}\n")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
