"""What people may change about themselves, and the entrance in the site's own words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as entrance
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


ADDRESS = "E-mail"


def _in_our_words(form: forms.Form) -> None:
    for name in ("login", "email"):
        if name in form.fields:
            form.fields[name].label = ADDRESS
            form.fields[name].widget.attrs.pop("placeholder", None)  # it would say the label once more
    if "password" in form.fields:
        form.fields["password"].help_text = ""  # the way to a new one stands below the form


class SignInForm(entrance.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)


class SignUpForm(entrance.SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)


class NewPasswordForm(entrance.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)
