"""Registers this app with Django."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "zero_to_gpt.cohorts"
    label = "cohorts"
