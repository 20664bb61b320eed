"""Registers this app with Django."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "zero_to_gpt.submissions"
    label = "submissions"
