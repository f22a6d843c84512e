"""Addresses below /help/."""

from django.urls import path

from schools import help_views

urlpatterns = [
    path("", help_views.index, name="help"),
    path("privacy/", help_views.privacy, name="privacy"),
    path("lines/", help_views.lines, name="lines"),
    path("urgent/", help_views.urgent, name="urgent"),
]
