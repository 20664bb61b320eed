"""Pages that show a person, a cohort or the fleet where things stand."""

from django.urls import path

from zero_to_gpt.progress import views

urlpatterns = [
    path("", views.home, name="home"),
    path("course/", views.course, name="course"),
    path("lessons/<slug:module>/<slug:lesson>/", views.lesson, name="lesson"),
    path("search/", views.search, name="search"),
    path("progress/", views.progress, name="progress"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("cohorts/<slug:slug>/", views.cohort, name="cohort"),
    path("cohorts/<slug:slug>/marks.csv", views.cohort_marks, name="cohort_marks"),
    path(
        "cohorts/<slug:slug>/exercises/<slug:module>/<slug:exercise>/",
        views.cohort_exercise,
        name="cohort_exercise",
    ),
    path("cohorts/<slug:slug>/students/<int:student_id>/", views.cohort_student, name="cohort_student"),
    path("fleet/", views.fleet, name="fleet"),
]
