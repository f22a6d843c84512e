from django.apps import AppConfig


class ListeningConfig(AppConfig):
    name = "listening"
    verbose_name = "倾听"

    def ready(self) -> None:
        from listening.drafted import FORMS
        from students import drafts

        drafts.know(FORMS)
