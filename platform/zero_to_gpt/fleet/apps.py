"""Registers this app with Django."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "zero_to_gpt.fleet"
    label = "fleet"
