"""What staff are asked before they act on an account."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.flows import roles as role_flow
from security import roles
from security.admin.forms import LONGEST, ReasonForm
from security.models import SupportCase


class RolesForm(ReasonForm):
    """What somebody may do for others; nothing makes them no staff."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=list(roles.LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without any role they are no staff."),
    )
    field_order = ("roles", "reason")


class GroupsForm(ReasonForm):
    """Which of the company's groups somebody belongs to; what they ask for is in their policies."""

    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(), label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("groups", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["groups"]
        choices.queryset = role_flow.groups()


class ResetForm(ReasonForm):
    """Why somebody gets a link for a new device, and how it was made sure that it is them."""

    checked = forms.CharField(
        label=_("What was checked"),
        max_length=LONGEST,
        help_text=_("How you made sure that it is them: called back at the known number, seen with a document …"),
    )
    ticket = forms.CharField(label=_("Ticket"), max_length=60, required=False)
    case = forms.ModelChoiceField(SupportCase.objects.none(), label=_("Case of support"), required=False)
    wants_second = forms.BooleanField(
        label=_("A second member of staff decides"),
        required=False,
        help_text=_("Then the new device takes over at once. Otherwise it waits, and the owner can say no meanwhile."),
    )
    field_order = ("reason", "checked", "ticket", "case", "wants_second")

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_cases: Any = self.fields["case"]
        open_cases.queryset = SupportCase.objects.filter(person=person, closed_at=None)
