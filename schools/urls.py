"""Addresses below /school/."""

from django.urls import path

from schools.views import classes, hats, posts, staff, terms

app_name = "schools"

urlpatterns = [
    path("terms/", terms.terms, name="terms"),
    path("terms/new/", terms.term_new, name="term-new"),
    path("terms/<uuid:uid>/edit/", terms.term_edit, name="term-edit"),
    path("calendar/", terms.calendar, name="calendar"),
    path("calendar/day/", terms.day, name="day"),
    path("classes/", classes.classes, name="classes"),
    path("classes/new/", classes.class_new, name="class-new"),
    path("classes/<uuid:uid>/head/", classes.class_head, name="class-head"),
    path("settings/", classes.settings, name="settings"),
    path("hat/", hats.hat, name="hat"),
    path("staff/", staff.staff, name="staff"),
    path("staff/waiting/", posts.posts, name="posts"),
    path("staff/new/", staff.staff_new, name="staff-new"),
    path("staff/memberships/<uuid:uid>/end/", staff.membership_end, name="membership-end"),
    path("staff/<uuid:uid>/", staff.person, name="person"),
    path("staff/<uuid:uid>/appoint/", staff.appoint, name="appoint"),
    path("staff/<uuid:uid>/password/", staff.person_password, name="person-password"),
    path("staff/<uuid:uid>/second-factor/", staff.person_factor, name="person-second-factor"),
]
