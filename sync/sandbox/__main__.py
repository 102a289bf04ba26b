"""The sandbox by itself: `python -m sync.sandbox`."""

import argparse
import sys
from dataclasses import fields

from sync.sandbox.options import SandboxOptions
from sync.sandbox.serve import PortTakenError, Running, run


def main() -> int:
    """Serve with the options given on the command line; 1 if a port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m sync.sandbox", description="Serve SFCC, Orderflow and CRM stand-ins."
    )
    for option in fields(SandboxOptions):
        name = f"--{option.name.replace('_', '-')}"
        if isinstance(option.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=option.default)
        else:
            kind = str if option.default is None else type(option.default)
            parser.add_argument(name, type=kind, default=option.default)
    try:
        run(SandboxOptions(**vars(parser.parse_args())), _announce)
    except PortTakenError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _announce(running: Running) -> None:
    sys.stdout.write(f"SFCC {running.sfcc_url}\nOrderflow {running.orderflow_url}\nCRM {running.crm_url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
