"""What people who run a cohort type."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email

from zero_to_gpt.cohorts.models import Cohort, Invitation, Role

MOST_AT_ONCE = 500
LONGEST_ADDRESS = Invitation._meta.get_field("email").max_length


class InviteForm(forms.Form):
    """E-mail addresses in any layout: one a line, with commas, or as `Name <address>`."""

    emails = forms.CharField(
        label="E-mail addresses",
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One or many: one a line, or with commas.",
    )

    def clean_emails(self) -> list[str]:
        found: dict[str, None] = {}
        for address in re.findall(r"[^\s,;<>\"]+@[^\s,;<>\"]*", self.cleaned_data["emails"]):
            try:
                validate_email(address)
                MaxLengthValidator(LONGEST_ADDRESS)(address)
            except ValidationError:
                raise ValidationError(f"“{address}” is no e-mail address.") from None
            found[address.lower()] = None
        if not found:
            raise ValidationError("There is no e-mail address in this text.")
        if len(found) > MOST_AT_ONCE:
            raise ValidationError(f"These are {len(found)} addresses; at most {MOST_AT_ONCE} go at once.")
        return list(found)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class CohortForm(forms.Form):
    name = forms.CharField(
        label="Name of the cohort",
        max_length=Cohort._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
