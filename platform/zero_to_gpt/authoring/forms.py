"""What the pages of authors post: read once, here, into typed values."""

from __future__ import annotations

import json

from django import forms


class FilesForm(forms.Form):
    """The files of a draft as JSON, {path: text}. Names, sizes and encoding are judged by the services."""

    texts = forms.CharField(strip=False)
    version = forms.IntegerField(required=False, min_value=0)

    def clean_texts(self) -> dict[str, str]:
        try:
            found = json.loads(self.cleaned_data["texts"])
        except (ValueError, RecursionError):
            raise forms.ValidationError("The files could not be read.") from None
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise forms.ValidationError("The files could not be read.")
        return found


class SourceForm(forms.Form):
    """The text of a lesson."""

    source = forms.CharField(required=False, strip=False, empty_value="")
    version = forms.IntegerField(required=False, min_value=0)


class CourseForm(forms.Form):
    """A new course: its title, and which one it begins as a copy of."""

    title = forms.CharField(max_length=200)
    copy_of = forms.SlugField(required=False)


class ChangeForm(forms.Form):
    """One change of a course's structure; which fields count depends on the action."""

    action = forms.CharField(max_length=30)
    thing = forms.IntegerField(required=False, min_value=1)
    kind = forms.ChoiceField(
        required=False, choices=[(each, each) for each in ("module", "lesson", "exercise")]
    )
    title = forms.CharField(required=False, max_length=200)
    summary = forms.CharField(required=False, max_length=2000)
    template = forms.CharField(required=False, max_length=161)
    email = forms.EmailField(required=False)
    cohort = forms.SlugField(required=False)
