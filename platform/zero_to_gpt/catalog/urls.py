"""What the course itself serves: the pictures of executed lessons."""

from django.urls import path

from zero_to_gpt.catalog import views

urlpatterns = [
    path("figures/<slug:digest>.png", views.figure, name="figure"),
]
