"""The pages of authors, all below /authoring/."""

from django.urls import path

from zero_to_gpt.authoring import stream, transfer, views

_EXERCISE = "authoring/exercises/<slug:module>/<slug:slug>/"
_LESSON = "authoring/lessons/<slug:module>/<slug:lesson>/"

urlpatterns = [
    path("authoring/", views.index, name="authoring"),
    path("authoring/handbook/", views.handbook, name="authoring_handbook"),
    path("authoring/courses/<slug:slug>/", views.course, name="authoring_course"),
    path("authoring/courses/<slug:slug>/zip/", transfer.course, name="authoring_course_zip"),
    path("authoring/courses/<slug:slug>/change/", views.change, name="authoring_change"),
    path("authoring/copy/<slug:module>/<slug:slug>/", views.copy, name="authoring_copy"),
    path(_EXERCISE, views.exercise, name="authoring_exercise"),
    path(_EXERCISE + "read/", views.read_exercise, name="authoring_read"),
    path(_EXERCISE + "save/", views.save_exercise, name="authoring_save"),
    path(_EXERCISE + "zip/", transfer.folder, name="authoring_zip"),
    path(_EXERCISE + "notebook/", transfer.exercise_notebook, name="authoring_notebook"),
    path(_EXERCISE + "validate/", views.validate, name="authoring_validate"),
    path(_EXERCISE + "publish/", views.publish, name="authoring_publish"),
    path(_EXERCISE + "history/", views.history, name="authoring_history"),
    path(_LESSON, views.lesson, name="authoring_lesson"),
    path(_LESSON + "read/", views.read_lesson, name="authoring_read_lesson"),
    path(_LESSON + "save/", views.save_lesson, name="authoring_save_lesson"),
    path(_LESSON + "notebook/", transfer.lesson_notebook, name="authoring_lesson_notebook"),
    path(_LESSON + "history/", views.lesson_history, name="authoring_lesson_history"),
    path(_LESSON + "run/", views.run_lesson, name="authoring_run_lesson"),
    path(_LESSON + "publish/", views.publish_lesson, name="authoring_publish_lesson"),
    path("authoring/proofs/<int:proof_id>/", views.proof, name="authoring_proof"),
    path("authoring/proofs/<int:proof_id>/events/", stream.events, name="authoring_proof_events"),
    path("authoring/proofs/<int:proof_id>/stop/", views.stop, name="authoring_proof_stop"),
]
