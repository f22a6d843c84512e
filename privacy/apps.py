from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "保密与留痕"

    def ready(self) -> None:
        from privacy import checks  # noqa: F401  registers itself
