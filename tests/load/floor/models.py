"""A device, and nothing else."""

from django.conf import settings
from django.db import models


class Device(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=64)
    secret = models.BinaryField()
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.name
