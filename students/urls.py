from django.urls import path

from students.views import cards, care, care_labels, imports, roster

app_name = "students"

urlpatterns = [
    path("", roster.roster, name="list"),
    path("new/", roster.new, name="new"),
    path("<uuid:uid>/edit/", roster.edit, name="edit"),
    path("<uuid:uid>/care/", care.care, name="care"),
    path("<uuid:uid>/care/propose/", care.propose, name="care-propose"),
    path("<uuid:uid>/care/proposals/<uuid:proposal>/", care.proposal, name="care-proposal"),
    path("<uuid:uid>/care/labels/new/", care_labels.give, name="care-label-new"),
    path("<uuid:uid>/care/labels/<uuid:given>/", care_labels.why, name="care-label"),
    path("<uuid:uid>/care/labels/<uuid:given>/end/", care_labels.end, name="care-label-end"),
    path("<uuid:uid>/card/", cards.card, name="card"),
    path("<uuid:uid>/card/edit/", cards.edit, name="card-edit"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:upload>/", imports.columns, name="import-columns"),
    path("import/<uuid:upload>/preview/", imports.preview, name="import-preview"),
    path("import/<uuid:upload>/faults/", imports.faults, name="import-faults"),
    path("import/<uuid:upload>/done/", imports.done, name="import-done"),
]
