from django.urls import path

from students import views

app_name = "students"

urlpatterns = [
    path("", views.roster, name="list"),
    path("import/", views.upload, name="import"),
    path("import/<uuid:upload>/", views.columns, name="import-columns"),
    path("import/<uuid:upload>/preview/", views.preview, name="import-preview"),
    path("import/<uuid:upload>/done/", views.done, name="import-done"),
]
