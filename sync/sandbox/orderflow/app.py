"""The Orderflow remote."""

from starlette.applications import Starlette

from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, Idle, SandboxOptions
from sync.sandbox.remote import remote_app
from sync.sandbox.world import World


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, world: World
) -> tuple[Starlette, Background]:
    """Build the Orderflow remote."""
    return remote_app("orderflow", [], journal=journal, faults=faults), Idle()
