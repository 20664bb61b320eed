"""What the exercise page posts: read once, here, into typed values."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms

from grader.verdict import Kind


class SourceField(forms.CharField):
    """Any text: whether it can be read as a program, and what to say if not, is the services' to decide."""

    def __init__(self) -> None:
        super().__init__(required=False, strip=False, empty_value="")
        self.validators = []  # Django's own would refuse a NUL as if the form were incomplete


class SourceForm(forms.Form):
    """A program text as it stands in an editor. `who` is the person that the page was drawn for."""

    source = SourceField()
    revision = forms.CharField(required=False, max_length=64)
    who = forms.IntegerField(required=False)

    def clean_source(self) -> str:
        # A form sends line ends as two characters; Python and our line numbers count one.
        return str(self.cleaned_data["source"]).replace("\r\n", "\n")


class DraftForm(SourceForm):
    version = forms.IntegerField(required=False, min_value=0)


class SubmitForm(SourceForm):
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    idempotency_key = forms.CharField(required=False, max_length=100)
    only = forms.CharField(required=False, max_length=120)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        # A page without scripts sends the key it was drawn with; a client without one gets a fresh one.
        data["idempotency_key"] = data.get("idempotency_key") or secrets.token_urlsafe(16)
        return data


class PasswordForm(forms.Form):
    """The password once more, before something that cannot be undone."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
