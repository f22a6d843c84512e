from django.urls import path

from reports import health, status, views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("status/", status.status, name="status"),
    path("students/<uuid:student>/", views.student, name="student"),
]
