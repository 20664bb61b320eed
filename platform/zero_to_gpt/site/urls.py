"""Addresses that belong to no app in particular."""

from django.urls import path

from zero_to_gpt.site import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
]
