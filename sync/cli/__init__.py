"""The operator's command line: `orderbridge COMMAND`.

One module per command, each with `register(app)`; `session` opens the bridge and explains expected
failures, `options` and `output` are shared. Results go to standard output, everything said about them to
standard error; exit 0 is well, 1 a problem found, 2 a usage or settings error. May know: wiring and what
it wires; `run` and `demo` import the servers they start only when they run. Read `session` first.
"""

import typer

from sync.cli import (
    agent,
    backfill,
    conflicts,
    dead,
    demo,
    doctor,
    find,
    inventory,
    link,
    links,
    order,
    privacy,
    reconcile,
    run,
    status,
)
from sync.cli.session import explained

_COMMANDS = (
    status,
    order,
    find,
    link,
    links,
    dead,
    conflicts,
    inventory,
    agent,
    privacy,
    reconcile,
    backfill,
    doctor,
    run,
    demo,
)


def make_app() -> typer.Typer:
    """Return the command line with every command."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Keeps Salesforce Commerce Cloud and Orderflow in step.",
    )
    for command in _COMMANDS:
        command.register(app)
    return app


def main() -> None:
    """Run the command line; an expected failure is a sentence and an exit code, never a traceback."""
    with explained():
        make_app()()
