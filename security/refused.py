"""What was refused without an event, for the log (ASVS 16.3.2, 16.3.3): outsiders can cause it as often as they like,
so it costs a line and no row. Never a secret, a token or a mail address.
"""

import logging

from security.actor import Actor

log = logging.getLogger("security.refused")


def note(what: str, actor: Actor | None = None, **said: object) -> None:
    """One line: `what` in the grammar of events, from where, and whatever else there is to say."""
    where = {"address": actor.address, "browser": actor.browser} if actor else {}
    log.warning(what, extra={"said": {**said, **where}})
