"""Registers this app with Django."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "zero_to_gpt.cohorts"
    label = "cohorts"

    def ready(self) -> None:
        from zero_to_gpt.accounts.forgetting import person_leaves
        from zero_to_gpt.cohorts.services import withdraw_invitations

        person_leaves.connect(withdraw_invitations)
