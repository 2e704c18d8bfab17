"""Figures of the whole site, a row a day and name, rolled up so that a plot reads a few hundred rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Figure(models.Model):
    day = models.DateField()
    name = models.CharField(max_length=60)
    number = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        permissions = [("see_figures", _("Can see figures of the whole site"))]
        constraints = [models.UniqueConstraint(fields=["day", "name"], name="one_figure_a_day_and_name")]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}: {self.number}"


class RolledUp(models.Model):
    """How far a table was read: the key of the last row that is in the figures."""

    table = models.CharField(max_length=40, unique=True)
    until = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.table} up to {self.until}"
