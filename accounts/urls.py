"""Addresses below /accounts/. Names of allauth are kept; signing up, e-mail and reset by mail have no address."""

from django.urls import path

from accounts.views import factor, own, proof, sign_in

urlpatterns = [
    path("login/", sign_in.login, name="account_login"),
    path("login/code/", sign_in.code, name="mfa_authenticate"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("password/change/", sign_in.change_password, name="account_change_password"),
    path("profile/", own.profile, name="profile"),
    path("sessions/", own.sessions, name="sessions"),
    path("second-factor/", factor.factor, name="second-factor"),
    path("second-factor/new/", factor.factor_new, name="second-factor-new"),
    path("second-factor/codes/", factor.factor_codes, name="second-factor-codes"),
    path("second-factor/remove/", factor.factor_remove, name="second-factor-remove"),
    path("confirm/", proof.confirm, name="confirm"),
    path("lock/", proof.lock, name="lock"),
    path("unlock/", proof.unlock, name="unlock"),
]
