"""Registers this app with Django."""

from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "zero_to_gpt.progress"
    label = "progress"
