"""All addresses. Each app declares its own; this file only says where they hang."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from zero_to_gpt.api import api, nothing_here

# The admin's own form knows no limit on guesses; this sends people through the sign-in page.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "zero_to_gpt.site.views.fault"

urlpatterns = [
    path("", include("zero_to_gpt.site.urls")),
    path("", include("zero_to_gpt.progress.urls")),
    path("", include("zero_to_gpt.authoring.urls")),
    path("", include("zero_to_gpt.shows.urls")),
    path("", include("zero_to_gpt.accounts.urls")),
    path("", include("zero_to_gpt.cohorts.urls")),
    path("", include("zero_to_gpt.catalog.urls")),
    path("", include("zero_to_gpt.submissions.urls")),
    path("api/v1/", RedirectView.as_view(url="openapi.json")),
    path("api/v1/", api.urls),
    path("api/v1/<path:rest>", nothing_here),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
