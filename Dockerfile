# Image for the web server (the default), the worker (`rundramatiq`) and all other manage.py commands.
# Versions are exact; docs/operations.md says how to pin digests too.
FROM python:3.13.7-slim-trixie

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TASKOVERFLOW_ENV_FILE="" \
    TASKOVERFLOW_DATA=/data \
    STATIC_ROOT=/app/staticfiles

# The uid is fixed, so that volumes and policies can refer to it. The user owns only the data folder.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin taskoverflow \
    && install --directory --owner=taskoverflow --group=taskoverflow --mode=0700 /data

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt
COPY . .
RUN TASKOVERFLOW_DATA=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
    && rm -r /tmp/build \
    && python -m compileall -q .

USER 10001:10001
VOLUME /data
EXPOSE 6400
STOPSIGNAL SIGTERM
# Skips the checks that a new container would not fix.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/api/v1/ready?without=worker,broker' % os.environ.get('PORT', 6400), timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["serve", "--host", "0.0.0.0"]
