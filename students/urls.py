from django.urls import path

from students.views import cards, care, care_labels, drafts, glass, imports, relatives, roster

app_name = "students"

urlpatterns = [
    path("", roster.roster, name="list"),
    path("new/", roster.new, name="new"),
    path("export/", roster.export, name="export"),
    path("<uuid:uid>/edit/", roster.edit, name="edit"),
    path("relatives/", relatives.relatives, name="relatives"),
    path("<uuid:uid>/relatives/", relatives.of_student, name="relatives-of"),
    path("<uuid:uid>/relatives/<uuid:relative>/forget/", relatives.forget, name="relative-forget"),
    path("<uuid:uid>/care/", care.care, name="care"),
    path("<uuid:uid>/care/propose/", care.propose, name="care-propose"),
    path("<uuid:uid>/care/proposals/<uuid:proposal>/", care.proposal, name="care-proposal"),
    path("<uuid:uid>/care/labels/new/", care_labels.give, name="care-label-new"),
    path("<uuid:uid>/care/labels/<uuid:given>/", care_labels.why, name="care-label"),
    path("<uuid:uid>/care/labels/<uuid:given>/end/", care_labels.end, name="care-label-end"),
    path("<uuid:uid>/card/", cards.card, name="card"),
    path("<uuid:uid>/card/edit/", cards.edit, name="card-edit"),
    path("<uuid:uid>/glass/", glass.glass_open, name="glass-open"),
    path("glass/", glass.glasses, name="glasses"),
    path("glass/<uuid:glass>/", glass.glass, name="glass"),
    path("drafts/", drafts.mine, name="drafts"),
    path("drafts/<uuid:draft>/", drafts.text, name="draft-text"),
    path("drafts/<uuid:draft>/discard/", drafts.discard, name="draft-discard"),
    path("drafts/<slug:form>/<uuid:about>/", drafts.draft, name="draft"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:upload>/", imports.columns, name="import-columns"),
    path("import/<uuid:upload>/preview/", imports.preview, name="import-preview"),
    path("import/<uuid:upload>/faults/", imports.faults, name="import-faults"),
    path("import/<uuid:upload>/done/", imports.done, name="import-done"),
]
