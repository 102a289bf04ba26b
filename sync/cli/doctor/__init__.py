"""`orderbridge doctor`: is everything that Orderbridge stands on as it must be?

`finding` is what a check returns, `command` runs them all and prints; `database`, `logging`, `inbox`,
`remotes`, `crm` and `markets` are the checks. A check never raises for what it is there to find: it
returns it.
"""

from sync.cli.doctor.command import register

__all__ = ["register"]
