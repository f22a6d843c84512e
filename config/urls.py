"""One include per app."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("reports.urls")),
    path("accounts/", include("accounts.urls")),
    path("help/", include("schools.help_urls")),
    path("inbox/", include("notifications.urls")),
    path("school/", include("schools.urls")),
    path("students/", include("students.urls")),
    path("referrals/", include("referrals.urls")),
    path("listening/", include("listening.urls")),
]

if settings.DEBUG:
    from django.views.generic import TemplateView

    urlpatterns += [path("parts/", TemplateView.as_view(template_name="components/parts.html"), name="parts")]
