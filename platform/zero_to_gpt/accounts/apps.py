"""Registers this app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "zero_to_gpt.accounts"
    label = "accounts"
