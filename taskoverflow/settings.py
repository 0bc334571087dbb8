"""Settings, all from environment variables; `.env.example` lists them with their defaults."""

import os
import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp import constants as csp
from django.core.exceptions import ImproperlyConfigured

import brokers
from followers import topics
from taskoverflow import environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# Pages, files and the API use one time zone database, the tzdata package, whatever the machine has.
zoneinfo.reset_tzpath(())

# --- Where the data is, and whether this is a laptop or a deployment ---

DATA_DIR = environment.folder(env, "TASKOVERFLOW_DATA", BASE_DIR / "var")
METRICS_DIR = environment.folder(env, "PROMETHEUS_MULTIPROC_DIR", DATA_DIR / "metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # read when prometheus_client is first imported
PUBLIC_URL = environment.url_origin(env, "PUBLIC_URL")
BROKER_URL = env.str("BROKER_URL", "")
DATABASES = {"default": environment.database(env, DATA_DIR / "taskoverflow.sqlite3")}
ALLOWED_HOSTS = environment.host_names(env, "ALLOWED_HOSTS")
# A deployment has a public address, or servers on other machines, or servers and a name that others know it by.
# A laptop has none of these, even with a local Redis and PostgreSQL.
HAS_PUBLIC_NAME = not all(map(environment.is_local_host, ALLOWED_HOSTS))
has_servers = bool(BROKER_URL or env.str("DATABASE_URL", "") or env.str("DATABASE_HOST", ""))
are_local = environment.is_local_broker(BROKER_URL) and environment.is_local_database(DATABASES["default"])
DEPLOYED = bool(PUBLIC_URL) or (has_servers and (HAS_PUBLIC_NAME or not are_local))
DEBUG = environment.switch(env, "DEBUG", False)
MODE = environment.choice(env, "TASKOVERFLOW_MODE", ("open", "private"))
PORT = environment.whole_number(env, "PORT", 6400, least=1, most=65535)

if DEPLOYED and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG shows settings and code to everyone: it cannot be on where this is deployed."
    )
SECRET_KEY = environment.secret(env, "TASKOVERFLOW_SECRET_KEY")
SECRET_KEY_FILE = env.str("TASKOVERFLOW_SECRET_KEY_FILE", "")
if DEPLOYED:
    environment.require(
        {
            "TASKOVERFLOW_SECRET_KEY must be set: a long random text that you keep": SECRET_KEY or SECRET_KEY_FILE,
            "ALLOWED_HOSTS (or PUBLIC_URL) must be set: the names that users reach this under": ALLOWED_HOSTS
            or PUBLIC_URL,
        }
    )
SECRET_KEY = SECRET_KEY or environment.read_or_create_secret_key(Path(SECRET_KEY_FILE or DATA_DIR / "secret_key"))
if PUBLIC_URL:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, urlsplit(PUBLIC_URL).hostname]
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

# --- Proxies, https and the headers for browsers ---

TRUSTED_PROXIES = environment.networks(env, "TRUSTED_PROXIES")
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "web.error_views.page_expired"
SESSION_COOKIE_HTTPONLY = True
# A proxy that is not trusted cannot report https: every request would be redirected for ever.
SECURE_SSL_REDIRECT = HTTPS and bool(TRUSTED_PROXIES)
HSTS_SECONDS = environment.whole_number(env, "HSTS_SECONDS", 365 * 24 * 60 * 60)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains, and
    "security.W021",  # the browsers' preload list, bind a whole domain: its owner decides about that
]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Two views need more of style-src: the browsable API (web/api/renderers.py) and the schema's page (urls.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF],
        "style-src": [csp.SELF],
        "img-src": [csp.SELF, "data:"],
        "font-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "manifest-src": [csp.SELF],
        "form-action": [csp.SELF],
        "frame-ancestors": [csp.NONE],
        "base-uri": [csp.NONE],
    },
}
PERMISSIONS_POLICY = {
    name: []
    for name in ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
                 "microphone", "midi", "payment", "usb")
}  # fmt: skip

# --- Rate limits and quotas ---

RATE_LIMITS = {
    "sign_in": environment.rate(env, "RATE_LIMIT_SIGN_IN", "10/minute"),
    "sign_in_name": environment.rate(env, "RATE_LIMIT_SIGN_IN_NAME", "3000/hour"),
    "sign_up": environment.rate(env, "RATE_LIMIT_SIGN_UP", "20/hour"),
    "password_reset": environment.rate(env, "RATE_LIMIT_PASSWORD_RESET", "10/hour"),
    "jobs": environment.rate(env, "RATE_LIMIT_JOBS", "1200/minute"),
    "feed_misses": environment.rate(env, "RATE_LIMIT_FEED_MISSES", "60/minute"),
    "import": environment.rate(env, "RATE_LIMIT_IMPORT", "30/minute"),
    "invitations": environment.rate(env, "RATE_LIMIT_INVITATIONS", "60/hour"),
    "confirmations": environment.rate(env, "RATE_LIMIT_CONFIRMATIONS", "10/hour"),
    "feed_mails": environment.rate(env, "RATE_LIMIT_FEED_MAILS", "10/hour"),
    "webhook_tests": environment.rate(env, "RATE_LIMIT_WEBHOOK_TESTS", "30/minute"),
}
# Processes count together: in Redis if that is the broker, in memory if there is only one, else in the database.
RATE_LIMIT_STORAGE = "accounts.rate_limit_storage.DatabaseStorage"
if not BROKER_URL or BROKER_URL.startswith(("redis://", "rediss://")):
    RATE_LIMIT_STORAGE = BROKER_URL or "web.rate_limit_storage.MemoryStorage"
MAX_LISTS = environment.whole_number(env, "MAX_LISTS", 50, least=1)
MAX_TODOS = environment.whole_number(env, "MAX_TODOS", 100_000, least=1)
MAX_LIST_BYTES = environment.whole_number(env, "MAX_LIST_BYTES", 20_000_000, least=1)
MAX_WEBHOOKS = environment.whole_number(env, "MAX_WEBHOOKS", 20, least=0)
MAX_FEEDS = environment.whole_number(env, "MAX_FEEDS", 100, least=1)
MAX_WAITING_JOBS = environment.whole_number(env, "MAX_WAITING_JOBS", 1_000, least=1)
MAX_FINISHED_JOBS = environment.whole_number(env, "MAX_FINISHED_JOBS", 10_000, least=1)
MAX_JOB_FILES_BYTES = environment.whole_number(env, "MAX_JOB_FILES_BYTES", 200_000_000, least=1)
MAX_REMINDER_MAILS_PER_HOUR = environment.whole_number(env, "MAX_REMINDER_MAILS_PER_HOUR", 60, least=1)

# --- Features ---

SIGN_UP = environment.switch(env, "SIGN_UP", True)

DEFAULT_LIST_TIME_ZONE = environment.time_zone(env, "TIME_ZONE")
CALENDAR_FILE_TTL_HOURS = environment.whole_number(env, "CALENDAR_FILE_TTL_HOURS", 24, least=1)
# Whether webhooks may lead into private networks, and by plain http.
ALLOW_PRIVATE_TARGETS = environment.switch(env, "ALLOW_PRIVATE_TARGETS", False)
CALENDAR_BUILD_DELAY_SECONDS = environment.seconds(env, "CALENDAR_BUILD_DELAY_SECONDS", 0)

# --- Traces ---

from observability import tracing  # noqa: E402 - not before METRICS_DIR is known

TRACES_EXPORTER = environment.traces_exporter(env)
if TRACES_EXPORTER == "none":
    tracing.keep_out()
else:
    tracing.start(TRACES_EXPORTER, service=env.str("OTEL_SERVICE_NAME", "") or "taskoverflow")

# --- The queue ---

try:
    DRAMATIQ_BROKER = brokers.configure(BROKER_URL or None)
    CALENDAR_QUEUE = brokers.queue_name(BROKER_URL or None)
    FOLLOWER_QUEUE = brokers.queue_name(BROKER_URL or None, suffix="-followers")
except brokers.BrokerURLError as error:
    raise ImproperlyConfigured(f"BROKER_URL: {error}") from error
DRAMATIQ_BROKER["MIDDLEWARE"] = [
    *brokers.middleware_paths(),
    "background.middleware.Sweep",
    "followers.middleware.DeliveryThreads",
    "reminders.middleware.SendReminders",
    "observatory.middleware.WriteEvents",
]
if tracing.is_on():
    middleware = DRAMATIQ_BROKER["MIDDLEWARE"]
    middleware.insert(middleware.index("brokers.middleware.RequestId") + 1, "brokers.middleware.Tracing")
# Of each worker process, beside the threads that build calendars.
DELIVERY_THREADS = environment.whole_number(env, "DELIVERY_THREADS", 4, least=1, most=100)
DRAMATIQ_AUTODISCOVER_MODULES = ["tasks"]
# django-dramatiq's own tasks module declares a second queue.
DRAMATIQ_IGNORED_MODULES = ["django_dramatiq.tasks"]

# --- Seeing the machine work ---

# How long events are kept, and how many at most; 0 hours: none are recorded.
EVENT_HOURS = environment.whole_number(env, "EVENT_HOURS", 24)
EVENT_ROWS = environment.whole_number(env, "EVENT_ROWS", 100_000, least=1_000)
# The lab disturbs the system for everybody. auto: on, unless this is deployed.
LAB = {"auto": not DEPLOYED, "on": True, "off": False}[environment.choice(env, "LAB", ("auto", "on", "off"))]
if LAB:  # before all but the one for the database, so that the others see nothing of a message that is lost
    DRAMATIQ_BROKER["MIDDLEWARE"].insert(1, "observatory.lab.faults.Faults")

# --- Where events go ---

# Like BROKER_URL, it may contain a password.
EVENT_TOPIC = environment.secret(env, "EVENT_TOPIC")
try:
    if EVENT_TOPIC:
        topics.check(EVENT_TOPIC)
except topics.TopicURLError as error:
    raise ImproperlyConfigured(f"EVENT_TOPIC: {error}") from error

# --- The database ---

# A pooler in transaction mode gives a transaction any connection to the server: use no prepared statements.
DATABASE_POOLER = environment.choice(env, "DATABASE_POOLER", ("none", "transaction"))
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER == "transaction"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Django ---

INSTALLED_APPS = [
    "taskoverflow",
    "brokers",  # before django_dramatiq, so that its rundramatiq overrides theirs
    "django_dramatiq",  # before apps with actors, which are declared on its broker
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "background",
    "web",
    "operations",
    "accounts",
    "todos",
    "calendars",
    "followers",
    "reminders",
    "observatory",
]
MIDDLEWARE = [
    "web.monitoring.HealthMiddleware",
    "observability.request_log.RequestLogMiddleware",
    "web.proxies.ProxyMiddleware",
    "web.monitoring.MetricsMiddleware",
    "web.preferences.LanguageMiddleware",
    "web.fast_path.FastPathMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.DatabaseOutageMiddleware",
    "web.body_limits.BodyLimitMiddleware",
    "web.middleware.QuotaMiddleware",
    "web.middleware.DeletedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "web.middleware.ContentLengthMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.EndedSessionMiddleware",
    "web.middleware.PrivateModeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "web.preferences.TimeFormatMiddleware",
    "web.fast_path.FastPathEndMiddleware",
    "web.middleware.PrivateResponseMiddleware",
]
if tracing.is_on():
    # After health checks and metrics, which would be most of all traces.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("web.fast_path.FastPathMiddleware"), "observability.tracing.TracingMiddleware"
    )
ROOT_URLCONF = "taskoverflow.urls"
# What `web` has to know of the URLs; tests/web/test_urls.py compares both.
API_PREFIX = "/api/"
FAST_PATH_PREFIXES = (API_PREFIX, "/calendars/")
WSGI_APPLICATION = "taskoverflow.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.whole_number(env, "MAX_BODY_BYTES", 1_000_000, least=1_000)
MAX_IMPORT_BYTES = environment.whole_number(env, "MAX_IMPORT_BYTES", 10_000_000, least=1_000)
# Of each process, for the bodies that it receives and, as much again, for the responses that it sends.
MAX_HELD_BYTES = environment.whole_number(env, "MAX_HELD_BYTES", 32_000_000, least=1_000_000)
REQUEST_TIMEOUT_SECONDS = environment.seconds(env, "REQUEST_TIMEOUT_SECONDS", 60, least=1)
MAX_BODY_DEPTH = environment.whole_number(env, "MAX_BODY_DEPTH", 20, least=1, most=500)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "web.templatetags.form_tokens",  # more in {% csrf_token %}
                "django.templatetags.i18n",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context_processors.site",
                "todos.navigation.navigation",
                "observatory.access.machine",
            ],
        },
    },
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2PasswordHasher"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "todos:list"
LOGOUT_REDIRECT_URL = "signed-out"

try:
    # Mail contains links that set passwords, and a deployment keeps its logs: do not print mail there.
    vars().update(env.email_url("EMAIL_URL", default="dummymail://" if DEPLOYED else "consolemail://"))
except (ImproperlyConfigured, ValueError, KeyError) as error:
    raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587.") from error
EMAIL_TIMEOUT = 10  # seconds that a request waits for the mail server
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "") or "taskoverflow@localhost"
# What push services know this installation by; if empty, a key derived from the secret key.
VAPID_PRIVATE_KEY = environment.key_of_32_bytes(env, "VAPID_PRIVATE_KEY")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- The API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "web.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["web.api.permissions.ModeAllows"],
    "DEFAULT_PARSER_CLASSES": ["web.api.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "web.api.negotiation.ContentNegotiation",
    "DEFAULT_RENDERER_CLASSES": [
        "web.api.renderers.JSONRenderer",
        "web.api.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_METADATA_CLASS": "web.api.metadata.Metadata",
    "DEFAULT_SCHEMA_CLASS": "web.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "web.api.errors.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "TaskOverflow",
    "DESCRIPTION": "Todos whose deadlines appear in people's calendars.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Two enumerations of fields that have one name.
    "ENUM_NAME_OVERRIDES": {"RoleEnum": "todos.access.Role", "MemberRoleEnum": "todos.models.MEMBER_ROLES"},
}

# --- Logging ---

LOG_FORMAT = environment.choice(env, "LOG_FORMAT", ("json", "text") if DEPLOYED else ("text", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "observability.logs.TextFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "observability.logs.JSONFormatter"},
    },
    "filters": {
        "secrets": {"()": "observability.logs.HideSecrets"},
        "without_traceback": {"()": "observability.logs.WithoutTraceback"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would mail administrators and log everything twice.
        "django": {"handlers": [], "propagate": True},
        # These log every connection, and where they find credentials.
        "botocore": {"level": "WARNING"},
        "pika": {"level": "WARNING"},
        # Machines read a line for each request and each build; with these, Django's lines about client errors
        # would be duplicates.
        "taskoverflow.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "taskoverflow.builds": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "taskoverflow.deliveries": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "django.request": {"level": "ERROR" if LOG_FORMAT == "json" else "WARNING"},
        "django.security.DisallowedHost": {
            "level": "CRITICAL" if LOG_FORMAT == "json" else "ERROR",
            "filters": ["without_traceback"],
        },
    },
}

# --- Metrics and error reports ---

METRICS_ALLOWED = environment.networks(env, "METRICS_ALLOWED")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
WORKER_METRICS_PORT = environment.whole_number(env, "WORKER_METRICS_PORT", 0, most=65535)
if SENTRY_DSN := env.str("SENTRY_DSN", ""):
    from observability import sentry  # takes 50 ms to import

    sentry.start(SENTRY_DSN)
