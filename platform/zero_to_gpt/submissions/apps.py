"""Registers this app with Django."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "zero_to_gpt.submissions"
    label = "submissions"

    def ready(self) -> None:
        from zero_to_gpt.accounts.forgetting import person_leaves
        from zero_to_gpt.submissions.submitting import cancel_all

        person_leaves.connect(cancel_all)
