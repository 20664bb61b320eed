"""The exercise page, what it posts to, and the life of a submission."""

from django.urls import path

from zero_to_gpt.submissions import (
    choosing,
    exercise_page,
    leaving,
    posting,
    runs_page,
    solution_page,
    stream,
    submission_page,
)

urlpatterns = [
    path("account/export/", leaving.export, name="account_export"),
    path("account/delete/", leaving.delete_account, name="account_delete"),
    path("exercises/<slug:module>/<slug:slug>/", exercise_page.exercise, name="exercise"),
    path("exercises/<slug:module>/<slug:slug>/submit/", posting.submit, name="submit"),
    path("exercises/<slug:module>/<slug:slug>/draft/", posting.draft, name="draft"),
    path("exercises/<slug:module>/<slug:slug>/history/", exercise_page.history, name="history"),
    path("exercises/<slug:module>/<slug:slug>/notebook/", exercise_page.notebook, name="notebook"),
    path("exercises/<slug:module>/<slug:slug>/solution/", solution_page.solution, name="solution"),
    path("exercises/<slug:module>/<slug:slug>/pieces/", choosing.choose_piece, name="choose_piece"),
    path("exercises/<slug:module>/<slug:slug>/runs/", runs_page.logged_runs, name="runs"),
    path("exercises/<slug:module>/<slug:slug>/runs.csv", runs_page.runs_csv, name="runs_csv"),
    path("submissions/<int:submission_id>/", submission_page.submission, name="submission"),
    path("submissions/<int:submission_id>/past/", submission_page.past, name="submission_past"),
    path("submissions/<int:submission_id>/drawn/", submission_page.drawn, name="submission_drawn"),
    path("submissions/<int:submission_id>/result/", submission_page.result, name="submission_result"),
    path(
        "submissions/<int:submission_id>/checks/<str:name>/", submission_page.check, name="submission_check"
    ),
    path("submissions/<int:submission_id>/cancel/", submission_page.cancel, name="submission_cancel"),
    path("submissions/<int:submission_id>/regrade/", submission_page.regrade, name="submission_regrade"),
    path(
        "cohorts/<slug:slug>/exercises/<slug:module>/<slug:exercise>/regrade/",
        submission_page.regrade_outdated,
        name="regrade_outdated",
    ),
    path("submissions/<int:submission_id>/events/", stream.events, name="submission_events"),
]
