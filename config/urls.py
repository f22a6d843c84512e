"""One include per app."""

urlpatterns: list[object] = []
