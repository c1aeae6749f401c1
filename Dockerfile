# One image for web, worker, beat and migrate (docker-compose.yml names the command of each).
# It holds no secret: those come as files at run time. It keeps nothing, and writes to /tmp only.

FROM python:3.12.12-slim-bookworm AS build
RUN python -m venv /opt/isocenter
COPY requirements/server.txt /tmp/server.txt
# With a package mirror of your own: docker build --secret id=pip,src=pip.conf .
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/isocenter/bin/pip install --no-cache-dir --disable-pip-version-check \
        --only-binary=:all: --no-deps --require-hashes --requirement /tmp/server.txt

FROM python:3.12.12-slim-bookworm
# Numbers of its own, which no account of the host has by chance; the code stays root's and cannot be changed.
RUN groupadd --system --gid 10001 isocenter \
    && useradd --system --uid 10001 --gid isocenter --no-create-home --shell /usr/sbin/nologin isocenter \
    # The sealer's volume takes its owner from here.
    && install --directory --owner 10001 --group 10001 --mode 0700 /anchors
COPY --from=build /opt/isocenter /opt/isocenter
ENV PATH=/opt/isocenter/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ISOCENTER_STATIC_ROOT=/app/staticfiles
WORKDIR /app
COPY LICENSE manage.py ./
COPY governance/ governance/
COPY catalog/ catalog/
COPY lineage/ lineage/
COPY compliance/ compliance/
COPY static/ static/
COPY templates/ templates/
# Django wants some key to start with; this one ends with the line.
RUN python -m compileall -q . \
    && ISOCENTER_SECRET_KEY=only-to-collect-static-files python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
# Whether the process serves at all. Whether its services answer is /readyz: a restart would not bring them back.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
# Exec form: SIGTERM reaches gunicorn itself. No access log: the address of a request may hold what somebody looked for.
CMD ["gunicorn", "governance.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--limit-request-line", "8190", "--limit-request-fields", "64", "--worker-tmp-dir", "/dev/shm", "--logger-class", "governance.serving.ServerLog", "--preload", "--no-control-socket", "--log-level", "warning", "--graceful-timeout", "10"]
