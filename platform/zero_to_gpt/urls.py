"""All addresses. Each app declares its own; this file only says where they hang."""

from django.contrib import admin
from django.urls import include, path

from zero_to_gpt.api import api

urlpatterns = [
    path("", include("zero_to_gpt.site.urls")),
    path("", include("zero_to_gpt.progress.urls")),
    path("", include("zero_to_gpt.accounts.urls")),
    path("", include("zero_to_gpt.catalog.urls")),
    path("", include("zero_to_gpt.submissions.urls")),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
