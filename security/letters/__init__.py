"""What our mails say. A letter is its sentences; text and HTML set the same ones, so they never differ."""

from security.letters.letter import Letter
from security.letters.shelf import letter_for, names

__all__ = ["Letter", "letter_for", "names"]
