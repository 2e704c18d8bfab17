"""Celery's part in what is done now and then, and needs the whole house."""

import logging

from celery import shared_task

from security import figures
from security.flows import campaigns

log = logging.getLogger("security.chores")


@shared_task(name="security.chores.roll_up")
def roll_up() -> None:
    """Bring the figures of the whole site up to date."""
    log.info("rolled up: %d rows", figures.roll_up())


@shared_task(name="security.chores.go_on_with_campaigns")
def go_on_with_campaigns() -> None:
    """Ask the next people, for a few seconds."""
    if seen := campaigns.go_on():
        log.info("campaigns: %d people seen", seen)
