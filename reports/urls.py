from django.urls import path

from reports import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("students/<uuid:student>/", views.student, name="student"),
]
