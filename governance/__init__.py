"""Who may do what, and who did what; also the project package.

Governance is the bottom layer: it names the other apps only as strings (INSTALLED_APPS, include(),
Celery's autodiscovery), so that nothing here imports upwards.
"""
