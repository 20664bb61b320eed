"""What the first page asks for, below /shows/."""

from django.urls import path

from zero_to_gpt.shows import views

urlpatterns = [
    path("shows/", views.now, name="show_now"),
    path("shows/start/", views.start, name="show_start"),
    path("shows/recording/", views.recording, name="show_recording"),
    path("shows/<int:show_id>/", views.told, name="show_told"),
]
