"""Members of a cohort. The cohort's own page is one of progress."""

from django.urls import path

from zero_to_gpt.cohorts import calendar, noticeboard, views

urlpatterns = [
    path("cohorts/make/new/", views.make, name="make_cohort"),
    path("cohorts/<slug:slug>/members/", views.members, name="members"),
    path("cohorts/<slug:slug>/members/<int:membership_id>/", views.member, name="member"),
    path("cohorts/<slug:slug>/leave/", views.leave, name="leave"),
    path("cohorts/<slug:slug>/invitations/<int:invitation_id>/", views.withdraw, name="withdraw"),
    path("cohorts/<slug:slug>/announcements/", noticeboard.announcements, name="announcements"),
    path(
        "cohorts/<slug:slug>/announcements/<int:announcement_id>/",
        noticeboard.announcement,
        name="announcement",
    ),
    path("announcements/<int:announcement_id>/dismiss/", noticeboard.dismiss, name="dismiss_announcement"),
    path("cohorts/<slug:slug>/deadlines/", calendar.deadlines, name="deadlines"),
    path("cohorts/<slug:slug>/deadlines/<int:deadline_id>/", calendar.deadline, name="deadline"),
    path("cohorts/<slug:slug>/extensions/", calendar.extensions, name="extensions"),
    path("cohorts/<slug:slug>/extensions/<int:extension_id>/", calendar.extension, name="extension"),
    path("cohorts/<slug:slug>/students/<int:student_id>/points/", calendar.points, name="override"),
    path("invitations/<int:invitation_id>/", views.invitation, name="invitation"),
]
