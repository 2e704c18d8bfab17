"""Forms of the hot pages share their fields: nobody's choices and nobody's answers are another's."""

import pytest

from accounts.forms import EmailForm, ProvenNewPasswordForm
from security.forms import FactorForm
from security.reset.forms import NoticeForm
from tests import people


@pytest.mark.parametrize("form", [EmailForm, FactorForm])
def test_they_are_the_same_and_what_is_typed_is_not(form):
    (name,) = form.base_fields
    one, two = form({name: "one@example.com"}), form({})
    assert one.fields[name] is two.fields[name]
    assert (one.is_valid(), two.is_valid()) == (True, False)
    del one.fields[name]
    assert name in form().fields


def test_a_class_made_from_it_has_its_own():
    assert ProvenNewPasswordForm().fields["code"] is not ProvenNewPasswordForm().fields["code"]


def test_the_choice_of_addresses_is_each_persons_own(owner, stranger):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.com", people.long_ago()
    stranger.user.recovery_email, stranger.user.recovery_email_confirmed_at = "zoe@example.com", people.long_ago()
    forms = [NoticeForm(None, someone.user, asks_about_old_device=False) for someone in (owner, stranger)]
    offered = [[words for _, words in form.fields["address"].choices] for form in forms]
    assert offered[0] != offered[1]
    assert NoticeForm.base_fields["address"].choices == []
