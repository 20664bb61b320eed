"""What people who run a cohort type."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db.models import QuerySet

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Course, Exercise, Module
from zero_to_gpt.cohorts.models import Announcement, Cohort, Deadline, Extension, Invitation, Override, Role

MOST_AT_ONCE = 500
MOST_AHEAD = 14 * 60
"""Minutes that a clock on Earth is ahead of UTC, or behind it."""
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


class MomentForm(forms.Form):
    """A moment as a browser's field sends it: a day and a time without a zone, `YYYY-MM-DDTHH:MM`.

    `zone` says how many minutes it is ahead of UTC; the page's script adds it, without one it is UTC.
    """

    due = forms.DateTimeField(
        label="Until",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "data-moment": "", "required": True}
        ),
        error_messages={"invalid": "This is no day and time. Write it as 2027-03-31T20:00."},
    )
    zone = forms.IntegerField(
        required=False, min_value=-MOST_AHEAD, max_value=MOST_AHEAD, widget=forms.HiddenInput
    )

    def clean_due(self) -> datetime.datetime:
        due: datetime.datetime = self.cleaned_data["due"]
        if not 2000 <= due.year < 2100:
            raise ValidationError("Choose a moment between the years 2000 and 2099.")
        return due

    def moment(self) -> datetime.datetime:
        """What was chosen, in UTC."""
        chosen: datetime.datetime = self.cleaned_data["due"]
        return chosen - datetime.timedelta(minutes=self.cleaned_data.get("zone") or 0)


class DeadlineForm(MomentForm):
    """A deadline for a module, `m12`, or an exercise, `e34`, of a course."""

    place = forms.ChoiceField(label="For what")

    field_order = ("place", "due", "zone")

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = Exercise.objects.published().filter(module__course=course)
        self.places: dict[str, Module | Exercise] = {}
        groups: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        for exercise in shown:
            module = exercise.module
            if module.pk not in groups:
                self.places[f"m{module.pk}"] = module
                groups[module.pk] = module.title, [(f"m{module.pk}", f"The whole module: {module.title}")]
            self.places[f"e{exercise.pk}"] = exercise
            groups[module.pk][1].append((f"e{exercise.pk}", exercise.title))
        chooser = self.fields["place"]
        if isinstance(chooser, forms.ChoiceField):
            chooser.choices = list(groups.values())

    def module(self) -> Module | None:
        found = self.places[self.cleaned_data["place"]]
        return found if isinstance(found, Module) else None

    def exercise(self) -> Exercise | None:
        found = self.places[self.cleaned_data["place"]]
        return found if isinstance(found, Exercise) else None


class _Named(forms.ModelChoiceField):  # type: ignore[type-arg]  # has no arguments at run time
    """People by their names, deadlines by what they are for."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.email})" if isinstance(obj, User) else str(obj.place)


class ExtensionForm(MomentForm):
    """More time for one student of a cohort."""

    student = _Named(User.objects.none(), label="For whom", empty_label=None)
    deadline = _Named(Deadline.objects.none(), label="For what", empty_label=None)
    reason = forms.CharField(
        label="Why (optional; the student reads it)",
        required=False,
        max_length=Extension._meta.get_field("reason").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("student", "deadline", "due", "zone", "reason")

    def __init__(
        self, students: QuerySet[User], deadlines: QuerySet[Deadline], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("student", students), ("deadline", deadlines)):
            chooser = self.fields[name]
            if isinstance(chooser, forms.ModelChoiceField):
                chooser.queryset = rows


class OverrideForm(forms.Form):
    """What somebody's work on an exercise counts, and why."""

    exercise = forms.CharField(max_length=161)
    points = forms.FloatField(label="Points")
    reason = forms.CharField(
        label="Why (the student reads it)", max_length=Override._meta.get_field("reason").max_length
    )


class AnnouncementForm(forms.Form):
    """What a cohort is told, as plain text."""

    title = forms.CharField(
        label="Title",
        max_length=Announcement._meta.get_field("title").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label="Text",
        required=False,
        max_length=Announcement._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Plain text. Addresses that begin with https:// become links.",
    )
