"""The exercise page, what it posts to, and the life of a submission."""

from django.urls import path

from zero_to_gpt.submissions import choosing, leaving, stream, views

urlpatterns = [
    path("account/export/", leaving.export, name="account_export"),
    path("account/delete/", leaving.delete_account, name="account_delete"),
    path("exercises/<slug:module>/<slug:slug>/", views.exercise, name="exercise"),
    path("exercises/<slug:module>/<slug:slug>/submit/", views.submit, name="submit"),
    path("exercises/<slug:module>/<slug:slug>/draft/", views.draft, name="draft"),
    path("exercises/<slug:module>/<slug:slug>/history/", views.history, name="history"),
    path("exercises/<slug:module>/<slug:slug>/notebook/", views.notebook, name="notebook"),
    path("exercises/<slug:module>/<slug:slug>/solution/", views.solution, name="solution"),
    path("exercises/<slug:module>/<slug:slug>/pieces/", choosing.choose_piece, name="choose_piece"),
    path("exercises/<slug:module>/<slug:slug>/runs/", views.logged_runs, name="runs"),
    path("exercises/<slug:module>/<slug:slug>/runs.csv", views.runs_csv, name="runs_csv"),
    path("submissions/<int:submission_id>/", views.submission, name="submission"),
    path("submissions/<int:submission_id>/past/", views.past, name="submission_past"),
    path("submissions/<int:submission_id>/drawn/", views.drawn, name="submission_drawn"),
    path("submissions/<int:submission_id>/result/", views.result, name="submission_result"),
    path("submissions/<int:submission_id>/checks/<str:name>/", views.check, name="submission_check"),
    path("submissions/<int:submission_id>/cancel/", views.cancel, name="submission_cancel"),
    path("submissions/<int:submission_id>/regrade/", views.regrade, name="submission_regrade"),
    path("submissions/<int:submission_id>/events/", stream.events, name="submission_events"),
]
