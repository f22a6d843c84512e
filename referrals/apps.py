from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    verbose_name = "关注与转介"

    def ready(self) -> None:
        from referrals.drafted import FORMS
        from students import drafts

        drafts.know(FORMS)
