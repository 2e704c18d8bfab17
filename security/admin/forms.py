"""What staff are asked before they act: why, always."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 300


class ReasonForm(forms.Form):
    """Why; it is recorded, and the owner does not see it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST,
        help_text=_("It is recorded with your name. The owner is told that support did it, and not why."),
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField"}),
    )

    def clean_reason(self) -> str:
        return " ".join(str(self.cleaned_data["reason"]).split())
