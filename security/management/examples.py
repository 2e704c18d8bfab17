"""Commands whose `--help` ends with examples, as they were written."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter


class ExamplesFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's order of options, and the text of the examples line by line."""


class CommandWithExamples(BaseCommand):
    """A command with `examples`: how it is called, and its exit codes."""

    examples = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs |= {"formatter_class": ExamplesFormatter, "epilog": self.examples}
        return super().create_parser(prog_name, subcommand, **kwargs)
