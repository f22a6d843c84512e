"""Addresses below /referrals/."""

from django.urls import path

from referrals import views

app_name = "referrals"

urlpatterns = [
    path("", views.concerns, name="list"),
    path("export/", views.export, name="export"),
    path("mine/", views.mine, name="mine"),
    path("<uuid:concern>/", views.concern, name="concern"),
    path("<uuid:concern>/seen/", views.seen, name="seen"),
]
