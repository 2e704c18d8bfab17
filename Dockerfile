# The site, its workers and its commands, in one image. Builds without secrets and holds none.

FROM python:3.13-slim-trixie AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-deps --only-binary :all: --require-hashes -r /requirements.lock

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin rekey
COPY --from=packages /venv /venv
WORKDIR /site
COPY manage.py ./
COPY config config
COPY security security
COPY accounts accounts
COPY locale locale
COPY static static
COPY templates templates
COPY deploy deploy
# Nothing is written while it runs, so bytecode and static files are made here. The settings want values; any will do.
RUN python -m compileall -q config security accounts \
    && SECRET_KEY=none SECURITY_KEYS=k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= SITE_URL=https://account.example.com \
    DATABASE_URL=postgres://none@none/none REDIS_URL=redis://none EMAIL_URL=smtps://mail.example.com \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "deploy/is_alive.py"]
# The heartbeat of gunicorn's processes is a file: in memory, as nothing else can be written.
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
    "--no-control-socket"]
