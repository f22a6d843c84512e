from django.urls import path

from students.views import imports, roster

app_name = "students"

urlpatterns = [
    path("", roster.roster, name="list"),
    path("new/", roster.new, name="new"),
    path("<uuid:uid>/edit/", roster.edit, name="edit"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:upload>/", imports.columns, name="import-columns"),
    path("import/<uuid:upload>/preview/", imports.preview, name="import-preview"),
    path("import/<uuid:upload>/faults/", imports.faults, name="import-faults"),
    path("import/<uuid:upload>/done/", imports.done, name="import-done"),
]
