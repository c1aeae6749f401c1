"""Where django-allauth looks for the identity providers of an app."""

from governance.entry.oidc import OurProvider

provider_classes = [OurProvider]
