"""The addresses of the house, and the two of the benchmark."""

from django.urls import path

from bench import views
from config.urls import urlpatterns as house

urlpatterns = [
    *house,
    path("bench/empty/", views.empty),
    path("bench/board/<uuid:school_class>/", views.board),
]
