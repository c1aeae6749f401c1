"""Every setting of the project, read from the environment (docs/configuration.md lists the variables)."""

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from kombu import Queue

from governance import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("ISOCENTER_DATA") or BASE_DIR / "var")

DEBUG = env.flag("ISOCENTER_DEBUG")
DEMO = env.flag("ISOCENTER_DEMO")
SECRET_KEY = env.text("ISOCENTER_SECRET_KEY")
ALLOWED_HOSTS = env.words("ISOCENTER_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("ISOCENTER_CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "guardian",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "governance",
    "catalog",
    "lineage",
    "compliance",
]

MIDDLEWARE = [
    # What every answer carries comes first: style sheets, errors and refusals have it too.
    "django.middleware.security.SecurityMiddleware",
    "governance.middleware.BrowserRulesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.entry.limits.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "governance.entry.enforcement.SecondFactorMiddleware",
    "governance.middleware.CredentialMiddleware",
    "governance.glass.BreakGlassMiddleware",
    "governance.middleware.PrivatePagesMiddleware",
    "governance.middleware.ZeroBytesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "catalog.middleware.SightMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.shell.shell",
                "catalog.frame.lens",
            ],
        },
    },
]

# --- services ---------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", "postgresql:///isocenter")
REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
OPENSEARCH_URL = env.text("OPENSEARCH_URL")

DATABASES = {"default": {**env.database(DATABASE_URL), "CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}}
# With which the lesser roles sign in to PostgreSQL; only `prepare_database`, which sets them, is told.
DATABASE_ROLE_PASSWORDS = {
    "isocenter_app": env.text("ISOCENTER_APP_PASSWORD"),
    "isocenter_sealer": env.text("ISOCENTER_SEALER_PASSWORD"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
# Redis hands a message out again when nobody has acknowledged it by then. A walk may take longer; the second
# worker then finds the crawl's lease taken and leaves.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CONCURRENCY = env.number("ISOCENTER_WORKERS", 0) or None
# Somebody, or every other task, waits for these: a queue of their own, which every worker looks into in turn.
CELERY_TASK_QUEUES = [Queue("celery", routing_key="celery"), Queue("interactive", routing_key="interactive")]
CELERY_TASK_ROUTES = {
    name: {"queue": "interactive"}
    for name in (
        *(f"catalog.tasks.{name}" for name in ("render_thumbnail", "walk", "settle", "tend_crawls")),
        "governance.tasks.verify_audit",
    )
}
CELERY_BEAT_SCHEDULE = {
    "tend-crawls": {"task": "catalog.tasks.tend_crawls", "schedule": 2.0, "options": {"expires": 2}},
    "end-grants": {"task": "governance.tasks.end_grants", "schedule": 30.0, "options": {"expires": 30}},
    "end-lenses": {"task": "governance.tasks.end_lenses", "schedule": 60.0, "options": {"expires": 60}},
    "note-use": {"task": "governance.tasks.note_use", "schedule": 900.0, "options": {"expires": 900}},
    "forget-sessions": {
        "task": "governance.tasks.forget_sessions",
        "schedule": crontab(hour=3, minute=40),
    },
    "check-grants": {"task": "governance.tasks.check_grants", "schedule": crontab(hour=3, minute=10)},
}

# --- the catalogue ----------------------------------------------------------------------------------
# Folders that sources may lie under; empty means anywhere the worker may read.
SOURCE_ROOTS = [Path(root) for root in env.words("ISOCENTER_SOURCE_ROOTS")]
# A worker that says nothing for this long has lost its chunk; another may take it.
CHUNK_LEASE_SECONDS = env.number("ISOCENTER_CHUNK_LEASE_SECONDS", 60, least=1)
# Files in one chunk: what one transaction stores, and what a killed worker has to do again.
FILES_PER_CHUNK = env.number("ISOCENTER_FILES_PER_CHUNK", 1000, least=1)
# How many workers a crawl asks for at a time.
READERS_PER_CRAWL = env.number("ISOCENTER_READERS_PER_CRAWL", env.processors(), least=1)
# A file younger than this may still be being written: it waits and is looked at again.
QUIET_SECONDS = env.number("ISOCENTER_QUIET_SECONDS", 2)

# --- the audit trail --------------------------------------------------------------------------------
# The name under which its checkpoints are known to those who verify them; it never changes.
AUDIT_ORIGIN = env.key_name("ISOCENTER_AUDIT_ORIGIN", "isocenter")
# The Ed25519 key (PEM) that signs them: for the process that seals, and kept out of the database.
AUDIT_KEY = env.text("ISOCENTER_AUDIT_KEY")
# Its public half (PEM), with which everybody else verifies.
AUDIT_PUBLIC_KEY = env.text("ISOCENTER_AUDIT_PUBLIC_KEY")
# Signed heads are also written to this file; what it holds cannot be rewritten by who has only the database.
AUDIT_ANCHORS = env.text("ISOCENTER_AUDIT_ANCHORS")
# And, each if it is named, to a bucket of S3 with Object Lock and to a time-stamp authority (RFC 3161).
AUDIT_S3_BUCKET = env.text("ISOCENTER_AUDIT_S3_BUCKET")
AUDIT_S3_ENDPOINT = env.text("ISOCENTER_AUDIT_S3_ENDPOINT")
# Six years: 45 CFR 164.316(b)(2)(i).
AUDIT_S3_RETENTION_DAYS = env.number("ISOCENTER_AUDIT_S3_RETENTION_DAYS", 2192, least=1)
AUDIT_TSA_URL = env.text("ISOCENTER_AUDIT_TSA_URL")
AUDIT_TSA_CERTIFICATE = env.text("ISOCENTER_AUDIT_TSA_CERTIFICATE")
AUDIT_TSA_TOKENS = Path(env.text("ISOCENTER_AUDIT_TSA_TOKENS") or DATA_DIR / "audit_tokens")
# These two are asked at most so often.
AUDIT_ANCHOR_MINUTES = env.number("ISOCENTER_AUDIT_ANCHOR_MINUTES", 60, least=1)

# --- other servers ----------------------------------------------------------------------------------
# Where governance.outbound may connect to: these networks, and public addresses unless the list leaves them out.
OUTBOUND_NETWORKS = env.networks("ISOCENTER_OUTBOUND_NETWORKS")
OUTBOUND_PUBLIC = not OUTBOUND_NETWORKS or "public" in env.words("ISOCENTER_OUTBOUND_NETWORKS")

# --- secrets at rest --------------------------------------------------------------------------------
# What must lie in the database encrypted is sealed under the first key; all of them open (governance/vault.py).
SECRETS_KEYS = env.keys("ISOCENTER_SECRETS_KEY")

# --- people -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "governance.entry.backend.PasswordBackend",
    "guardian.backends.ObjectPermissionBackend",
]
# Nobody is anonymous here: a request is signed in or it sees nothing.
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "governance.entry.breached.NotBreachedValidator"},
]
# SHA-1 hashes of passwords known from breaches, ordered by hash, as Have I Been Pwned publishes them.
BREACHED_PASSWORDS = Path(_list) if (_list := env.text("ISOCENTER_BREACHED_PASSWORDS")) else None
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "catalog:home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_ENGINE = "governance.session_store"
# Without activity, and in all: governance/entry/limits.py ends what is over.
SESSION_IDLE_LIMIT = timedelta(minutes=env.number("ISOCENTER_SESSION_IDLE_MINUTES", 30, least=1))
SESSION_ABSOLUTE_LIMIT = timedelta(hours=env.number("ISOCENTER_SESSION_HOURS", 8, least=1))
# A day more, so that whoever comes back is told why they were signed out.
SESSION_COOKIE_AGE = int((SESSION_ABSOLUTE_LIMIT + timedelta(days=1)).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Lock-out (django-axes): for one name from one address, and for one name from everywhere.
AXES_HANDLER = "governance.entry.lockout.LockOut"
AXES_FAILURE_LIMIT = env.number("ISOCENTER_FAILURES", 5, least=1)
FAILURES_EVERYWHERE = env.number("ISOCENTER_FAILURES_EVERYWHERE", 30, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=env.number("ISOCENTER_LOCKOUT_MINUTES", 15, least=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_RESET_ON_SUCCESS = True
# Otherwise whoever goes on guessing would keep the account's owner out for good.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "governance.entry.lockout.name_to_count"
AXES_CLIENT_IP_CALLABLE = "governance.middleware.address_of"
AXES_CLIENT_STR_CALLABLE = "governance.entry.lockout.client_in_logs"
AXES_LOCKOUT_CALLABLE = "governance.entry.lockout.keep_the_answer"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "next", "current", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

# Second factors: nobody (OFF), whose role asks for one (ROLES), or everybody (ALL). Nobody in the demo, whose data are
# synthetic and whose password everybody knows.
SECOND_FACTOR = "OFF" if DEMO else env.one_of("ISOCENTER_SECOND_FACTOR", "ROLES", ("OFF", "ROLES", "ALL"))
ACCOUNT_ADAPTER = "governance.entry.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "governance.entry.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
# One step of 30 seconds before and after: clocks differ (RFC 6238 section 5.2).
MFA_TOTP_TOLERANCE = 1

# OpenID Connect, when an issuer is named. Who is not known is turned away, or becomes an account that may do nothing.
OIDC_ISSUER = env.text("ISOCENTER_OIDC_ISSUER").rstrip("/")
OIDC_NAME = env.text("ISOCENTER_OIDC_NAME") or "OpenID Connect"
OIDC_ALLOWED_DOMAINS = [word.lower() for word in env.words("ISOCENTER_OIDC_ALLOWED_DOMAINS")]
# `claim=value`: the id token must say so, or list it.
OIDC_REQUIRED_CLAIM = env.text("ISOCENTER_OIDC_REQUIRED_CLAIM")
OIDC_CREATE = env.flag("ISOCENTER_OIDC_CREATE")
# Values of `amr` or `acr` (RFC 8176) that we take for a second factor of ours.
OIDC_SECOND_FACTOR = env.words("ISOCENTER_OIDC_SECOND_FACTOR")
SOCIALACCOUNT_ADAPTER = "governance.entry.oidc.IdentityAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.text("ISOCENTER_OIDC_CLIENT_ID"),
                "secret": env.text("ISOCENTER_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_ISSUER
        else []
    }
}

# --- the browser ------------------------------------------------------------------------------------
BEHIND_TLS = env.flag("ISOCENTER_BEHIND_TLS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# Who comes by HTTP is sent to HTTPS; those who ask from inside, without the proxy, are not.
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("ISOCENTER_HSTS_SUBDOMAINS", default=True)
# security.W021 asks for HSTS preload: a promise to browsers' makers for the whole domain, hard to take back, which is
# its owner's to make and not an application's. urls.W002: our addresses end without a slash, so that what an include
# adds to them begins with one.
SILENCED_SYSTEM_CHECKS = ["security.W021", "urls.W002"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
# A browser takes such a cookie only over TLS, for this host alone: no other host of the domain can set it.
_HOST_ONLY = "__Host-" if BEHIND_TLS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# Nothing travels to other origins. Between our own pages it must: under no-referrer browsers send "Origin: null"
# with every form, which the CSRF check refuses. Our addresses hold no identifiers.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

# The largest form is a list of a thousand ids. No page takes a file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 0

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("ISOCENTER_STATIC_ROOT") or BASE_DIR / "staticfiles")
WHITENOISE_USE_FINDERS = True
# Not even style sheets are for pages of others.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- the API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["governance.api.permissions.HoldsPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["governance.api.parsing.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "governance.api.schema.Schema",
    # OPTIONS would describe forms, which the schema does better; `format` would be a second way to say Accept.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["governance.api.throttling.PerUserThrottle"],
    "EXCEPTION_HANDLER": "governance.api.problems.problem_response",
}
# How many requests one person may make, and in how many seconds.
API_RATE = env.rate("ISOCENTER_API_RATE", "600/min")
SPECTACULAR_SETTINGS = {
    "TITLE": "Isocenter",
    "DESCRIPTION": "The catalogue, access control and compliance of DICOM data.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["governance.api.permissions.SignedIn"],
    "SCHEMA_PATH_PREFIX": "/api/",
    "SORT_OPERATION_PARAMETERS": False,
    # A request's members and an answer's are not the same; any member of an answer may be left out by `fields`.
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
# Let anybody on the network read /metrics, where the network is known to keep strangers out.
METRICS_OPEN = env.flag("ISOCENTER_METRICS_OPEN")

LOGGING_CONFIG = "governance.logs.configure"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "governance.logs.line_formatter"}},
    "filters": {"without-values": {"()": "governance.logs.WithoutValues"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without-values"]}
    },
    "loggers": {
        # Django's defaults would write whole lines of requests, and mail whole requests, beside ours.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # "Received", a moment before "succeeded", for every task.
        "celery.worker.strategy": {"level": "WARNING"},
        # The audit trail has what django-axes would say.
        "axes": {"level": "ERROR"},
    },
    "root": {
        "handlers": ["stderr"],
        "level": env.one_of("ISOCENTER_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
}
