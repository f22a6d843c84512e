"""Addresses below /referrals/."""

from django.urls import path

from referrals import views

app_name = "referrals"

urlpatterns = [
    path("", views.concerns, name="list"),
    path("export/", views.export, name="export"),
    path("mine/", views.mine, name="mine"),
    path("new/", views.new, name="new"),
    path("urgent/", views.urgent, name="urgent"),
    path("cases/", views.cases, name="cases"),
    path("cases/<uuid:case>/", views.case, name="case"),
    path("cases/<uuid:case>/read/<uuid:text>/", views.case_text, name="case-text"),
    path("cases/<uuid:case>/<slug:move>/", views.case_move, name="case-move"),
    path("<uuid:concern>/", views.concern, name="concern"),
    path("<uuid:concern>/seen/", views.seen, name="seen"),
]
