"""Addresses below /accounts/. Names of allauth are kept; signing up, e-mail and reset by mail have no address."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.change_password, name="account_change_password"),
    path("profile/", views.profile, name="profile"),
]
