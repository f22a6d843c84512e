from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from django.contrib.auth import user_logged_in

        from accounts import door
        from accounts.sealed import FactorSecrets
        from privacy.places import also_sealed

        # The one place through which every way of signing in goes, also one that is added later.
        user_logged_in.connect(door.begin, dispatch_uid="accounts.door")
        also_sealed(FactorSecrets())
