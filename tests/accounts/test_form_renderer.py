"""A field that is written without Django's template of it says what it says with it."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from accounts.shell import INPUTS, FormRenderer

WIDGETS = [forms.TextInput, forms.EmailInput, forms.HiddenInput, forms.NumberInput, forms.PasswordInput]
NASTY = '<b>"it\'s" & ☎'


@pytest.mark.parametrize("value", [None, "", 0, "Robin", NASTY])
@pytest.mark.parametrize(
    "attrs", [{}, {"required": True, "disabled": False, "maxlength": 8, "class": NASTY, "id": "a"}]
)
@pytest.mark.parametrize("widget", WIDGETS)
def test_an_input_is_what_djangos_template_makes_it(widget, attrs, value):
    one = widget(attrs=attrs)
    assert one.template_name in INPUTS
    assert (
        one.render("a_name", value, renderer=FormRenderer())
        == one.render("a_name", value, renderer=TemplatesSetting()).strip()
    )
