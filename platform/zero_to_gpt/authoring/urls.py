"""The pages of authors, all below /authoring/."""

from django.urls import path

from zero_to_gpt.authoring import course_page, exercise_page, lesson_page, proof_page, stream, transfer

_EXERCISE = "authoring/exercises/<slug:module>/<slug:slug>/"
_LESSON = "authoring/lessons/<slug:module>/<slug:lesson>/"

urlpatterns = [
    path("authoring/", course_page.index, name="authoring"),
    path("authoring/handbook/", course_page.handbook, name="authoring_handbook"),
    path("authoring/courses/<slug:slug>/", course_page.course, name="authoring_course"),
    path("authoring/courses/<slug:slug>/zip/", transfer.course, name="authoring_course_zip"),
    path("authoring/courses/<slug:slug>/change/", course_page.change, name="authoring_change"),
    path("authoring/copy/<slug:module>/<slug:slug>/", course_page.copy, name="authoring_copy"),
    path(_EXERCISE, exercise_page.exercise, name="authoring_exercise"),
    path(_EXERCISE + "read/", exercise_page.read_exercise, name="authoring_read"),
    path(_EXERCISE + "save/", exercise_page.save_exercise, name="authoring_save"),
    path(_EXERCISE + "zip/", transfer.folder, name="authoring_zip"),
    path(_EXERCISE + "notebook/", transfer.exercise_notebook, name="authoring_notebook"),
    path(_EXERCISE + "validate/", exercise_page.validate, name="authoring_validate"),
    path(_EXERCISE + "publish/", exercise_page.publish, name="authoring_publish"),
    path(_EXERCISE + "history/", exercise_page.history, name="authoring_history"),
    path(_LESSON, lesson_page.lesson, name="authoring_lesson"),
    path(_LESSON + "read/", lesson_page.read_lesson, name="authoring_read_lesson"),
    path(_LESSON + "save/", lesson_page.save_lesson, name="authoring_save_lesson"),
    path(_LESSON + "notebook/", transfer.lesson_notebook, name="authoring_lesson_notebook"),
    path(_LESSON + "history/", lesson_page.lesson_history, name="authoring_lesson_history"),
    path(_LESSON + "run/", lesson_page.run_lesson, name="authoring_run_lesson"),
    path(_LESSON + "publish/", lesson_page.publish_lesson, name="authoring_publish_lesson"),
    path("authoring/proofs/<int:proof_id>/", proof_page.proof, name="authoring_proof"),
    path("authoring/proofs/<int:proof_id>/events/", stream.events, name="authoring_proof_events"),
    path("authoring/proofs/<int:proof_id>/stop/", proof_page.stop, name="authoring_proof_stop"),
]
