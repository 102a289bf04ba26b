"""Thin Celery tasks: doors into the flows; nothing else in the house knows Celery. Read `app` first."""
