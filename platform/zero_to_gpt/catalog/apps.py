"""Registers this app with Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "zero_to_gpt.catalog"
    label = "catalog"
