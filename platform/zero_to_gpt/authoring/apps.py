"""Registers this app with Django."""

from django.apps import AppConfig


class AuthoringConfig(AppConfig):
    name = "zero_to_gpt.authoring"
    label = "authoring"

    def ready(self) -> None:
        from zero_to_gpt.accounts.forgetting import person_leaves
        from zero_to_gpt.authoring.proofs import stop_all

        person_leaves.connect(stop_all)
