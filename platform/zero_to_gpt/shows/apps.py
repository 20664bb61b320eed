"""Registers this app with Django."""

from django.apps import AppConfig


class ShowsConfig(AppConfig):
    name = "zero_to_gpt.shows"
    label = "shows"
