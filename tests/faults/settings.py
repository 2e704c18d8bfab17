"""The tests' settings, for people who do not wait: a new device takes over at once, and a new code may follow soon."""

from config.settings.test import *

SECURITY_HOLD_NEW_BROWSER = SECURITY_HOLD_RISK = 0
SECURITY_CODE_COOL_DOWN = 30
