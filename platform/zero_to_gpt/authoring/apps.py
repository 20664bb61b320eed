"""Registers this app with Django."""

from django.apps import AppConfig


class AuthoringConfig(AppConfig):
    name = "zero_to_gpt.authoring"
    label = "authoring"
