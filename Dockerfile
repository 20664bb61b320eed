# The web server and the worker: one image, started with different commands (docker-compose.yml).
# The base is any Debian 12 with its own Python 3.11; docs/operations.md says how to make one from Debian's packages.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/zero-to-gpt
ENV PATH=/srv/zero-to-gpt/.venv/bin:$PATH PYTHONPATH=platform:. PYTHONUNBUFFERED=1

# The slow and seldom changed first: Python packages, then the browser's, then our own files.
COPY requirements.txt ./
RUN /usr/bin/python3 -m venv .venv && pip install --no-cache-dir -r requirements.txt
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run --silent build \
 && python -m compileall -q platform grader sandbox_images \
 && STATIC_HASHED=true SECRET_KEY=build VAR_DIR=var python manage.py collectstatic --noinput --verbosity 0

# The web server needs nothing from root; the worker that drives Docker is given another user in docker-compose.yml.
RUN useradd --system --uid 10001 --home-dir /srv/zero-to-gpt zero-to-gpt && rm -rf var/broker var/secret && chown -R zero-to-gpt: var
USER zero-to-gpt
ENV STATIC_HASHED=true
EXPOSE 8000
CMD ["python", "-m", "zero_to_gpt.server", "--host", "0.0.0.0", "--port", "8000"]
