from django.urls import path, re_path

from reports import care_views, health, status, trail_views, views
from students.schemes import PRESETS

SCHEMES = "|".join(one.key for one in PRESETS)

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("status/", status.status, name="status"),
    path("students/<uuid:student>/", views.student, name="student"),
    path("students/<uuid:student>/readers/", trail_views.readers, name="student-readers"),
    path("accounts/acts/", trail_views.my_acts, name="my-acts"),
    path("trail/", trail_views.trail, name="trail"),
    path("trail/export/", trail_views.export, name="trail-export"),
    path("trail/technical/", trail_views.technical, name="technical-log"),
    path("care/", care_views.care, name="care"),
    path("care/scheme/", care_views.scheme, name="care-scheme"),
    re_path(rf"^care/scheme/(?P<preset>{SCHEMES})/$", care_views.scheme_change, name="care-scheme-change"),
    path("care/labels/new/", care_views.label_new, name="care-label-new"),
    path("care/labels/<uuid:uid>/aside/", care_views.label_aside, name="care-label-aside"),
]
