"""Tasks called by hand, in a process of their own: the application reads its settings when imported."""

import os
import subprocess
import sys

import pytest

from sync.cli import stack
from sync.embedded import Servers

# Nobody listens at these addresses.
NOWHERE = Servers("postgresql://nobody@127.0.0.1:9/none", "redis://127.0.0.1:9/0")


def python(program: str) -> subprocess.CompletedProcess[str]:
    settings = stack.environment(NOWHERE, stack.Ports())
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bell_that_nobody_can_hear_does_not_stop_the_work() -> None:
    ended = python("from tasks.bridge import ring; ring('order.placed'); print('went on')")
    assert ended.returncode == 0, ended.stderr
    assert "went on" in ended.stdout


def test_reprocessing_without_any_filter_is_refused() -> None:
    ended = python("from tasks.messages import reprocess; print(reprocess(), reprocess(dry_run=True))")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("'error'") == 2


@pytest.mark.parametrize(
    ("task", "misspelled"),
    [("messages.reprocess", "order_no='1'"), ("maintenance.prune", "day=365")],
)
def test_a_misspelled_argument_of_a_task_that_changes_much_is_an_error(task: str, misspelled: str) -> None:
    module, name = task.split(".")
    ended = python(f"from tasks.{module} import {name}; {name}({misspelled})")
    assert ended.returncode == 1
    assert "unexpected keyword argument" in ended.stderr


def test_beat_asks_for_a_first_sweep_poll_and_pull_when_it_starts() -> None:
    program = (
        "from celery.signals import beat_init; from tasks.app import app;"
        "app.send_task = print; beat_init.send(sender=None)"
    )
    ended = python(program)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [
        "tasks.orders.collect",
        "tasks.fulfillment.collect",
        "tasks.inventory.sync",
    ]


def test_a_backfill_of_a_site_that_is_not_there_is_refused() -> None:
    ended = python("from tasks.orders import backfill; print(backfill(site='nowhere', start='2026-01-01'))")
    assert ended.returncode == 0, ended.stderr
    assert "'error'" in ended.stdout


def test_an_intake_without_redis_says_so_in_one_line_and_ends_well() -> None:
    ended = python("from tasks.intake import drain; print(drain(seconds=0))")
    assert ended.returncode == 0, ended.stderr
    assert "'read': 0" in ended.stdout
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (ended.stderr + ended.stdout).count("intake.unavailable") == 1
