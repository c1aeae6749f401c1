"""How people get in: what we tell django-allauth and django-axes, passwords, second factors, sessions and their limits."""
