from django.apps import AppConfig


class StudentsConfig(AppConfig):
    name = "students"
    verbose_name = "学生"

    def ready(self) -> None:
        from students import drafts

        drafts.know(drafts.OWN)
