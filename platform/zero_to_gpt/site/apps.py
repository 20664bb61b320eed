"""Registers this app with Django."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "zero_to_gpt.site"
    label = "site"
