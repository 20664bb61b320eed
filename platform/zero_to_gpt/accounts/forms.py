"""What people may change about themselves."""

from __future__ import annotations

from django import forms

from zero_to_gpt.accounts.models import User


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label="Name",
        required=False,
        max_length=80,
        help_text="What others read. Empty: what stands before the @ of your address.",
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    theme = forms.ChoiceField(label="Light or dark", choices=User.Theme.choices, widget=forms.RadioSelect)
