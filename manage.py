#!/usr/bin/env python
"""Django's command line. Without DJANGO_SETTINGS_MODULE it speaks to production."""

import sys

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    from config import start

    start.configure()
    execute_from_command_line(sys.argv)
