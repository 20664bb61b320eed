"""One's own account. Sign-in and passwords are allauth's, under /accounts/."""

from django.urls import path

from zero_to_gpt.accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("record/", views.record, name="record"),
    path("account/tokens/<int:token_id>/revoke/", views.revoke_token, name="account_revoke_token"),
]
