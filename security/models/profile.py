"""One row a person: the lock that orders everything that happens to their security."""

from django.conf import settings
from django.db import models

from security.person import Person


class ProfileManager(models.Manager["SecurityProfile"]):
    def lock(self, person: Person) -> "SecurityProfile":
        """Hold this person's row until the transaction ends; the first lock in the order every flow keeps."""
        profile, _ = self.select_for_update().get_or_create(person_id=person.pk)
        return profile


class SecurityProfile(models.Model):
    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="security_profile")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProfileManager()

    def __str__(self) -> str:
        return f"security of {self.person_id}"
