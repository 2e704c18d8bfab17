"""Policies of groups: what is asked of whom, who is affected, and telling them ahead."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security import browser, rules
from security.admin.asking import ask
from security.admin.campaigns import show
from security.admin.forms import LONGEST, ReasonForm
from security.admin.reading import StaffAdmin
from security.admin.site import site
from security.flows import campaigns, policies
from security.forms import posted
from security.models import GroupPolicy
from security.refusals import Refusal
from security.roles import RANKS

SHOWN = 100


class GroupPolicyForm(forms.ModelForm):
    """A policy, and why it is as it is from now on. A group that is not there yet is made."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST, widget=forms.Textarea({"rows": 2}))
    new_group = forms.CharField(
        label=_("new group"), max_length=150, required=False, help_text=_("Instead of one that is there already.")
    )

    class Meta:
        model = GroupPolicy
        fields = ("group", *policies.COLUMNS)

    def clean_new_group(self) -> str:
        name = str(self.cleaned_data["new_group"]).strip()
        if name and Group.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a group of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("group") and not said.get("new_group") and not self.instance.pk:
            others = GroupPolicy.objects.filter(group=None)
            if others.exists():
                raise forms.ValidationError(_("There is a policy for everybody already. Change that one."))
        return said


@admin.register(GroupPolicy, site=site)
class GroupPolicyAdmin(StaffAdmin):
    """Changed with a reason, and recorded; a policy that asks for nothing is as good as none."""

    form = GroupPolicyForm
    list_display = (
        "__str__",
        "required_from",
        "grace_days",
        "allows_mailed_code",
        "needs_second_approver",
        "hold_hours",
    )
    list_select_related = ("group",)
    change_form_template = "admin/policy.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("security.change_grouppolicy"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return ("group", *policies.COLUMNS)
        return ("group", *(() if obj else ("new_group",)), *policies.COLUMNS, "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("group",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Group.objects.exclude(name__in=RANKS).filter(policy=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: GroupPolicy, form: Any, change: bool) -> None:
        if not change and (name := form.cleaned_data["new_group"]):
            obj.group = Group.objects.create(name=name)
        policies.change(obj, reason=form.cleaned_data["reason"], actor=browser.staff_actor(request))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/affected/", wrap(self.affected), name="security_grouppolicy_affected"),
            path("<path:object_id>/tell/", wrap(self.tell), name="security_grouppolicy_tell"),
            *super().get_urls(),
        ]

    def affected(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The dry run: who would have to do something, the first hundred of them."""
        policy = self._policy(request, object_id)
        people = rules.affected(get_user_model()._default_manager.all(), policy).order_by("email")
        context = {"title": gettext("Who has no device yet"), "opts": self.opts, "original": policy}
        context |= {"number": people.count(), "people": people[:SHOWN]}
        return TemplateResponse(request, "admin/affected.html", self.admin_site.each_context(request) | context)

    def tell(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Mail them until when they need a device; nobody is told the same twice."""
        policy = self._policy(request, object_id)
        if not policy.required_from:
            raise PermissionDenied
        actor = browser.staff_actor(request)

        def does(said: dict[str, Any]) -> Refusal | HttpResponseRedirect:
            return show(request, campaigns.tell_all(policy, reason=said["reason"], actor=actor))

        words = {
            "title": _("Tell them now"),
            "explained": _("Everybody who has no device yet is told by mail until when."),
        }
        return ask(self, request, policy, ReasonForm(posted(request)), **words, does=does)

    def _policy(self, request: HttpRequest, object_id: str) -> GroupPolicy:
        policy: GroupPolicy | None = self.get_object(request, object_id)
        if policy is None:
            raise Http404
        if not self.has_change_permission(request, policy):
            raise PermissionDenied
        return policy
