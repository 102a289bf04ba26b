"""The command: every check, every finding with its cure, and an exit code for machines."""

from collections import Counter
from collections.abc import Iterator

import typer
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import PREFIX, SettingsError
from sync.cli.doctor.carriers import looks
from sync.cli.doctor.crm import check_crm
from sync.cli.doctor.database import check_database
from sync.cli.doctor.finding import Finding, Level, bad
from sync.cli.doctor.inbox import check_inbox
from sync.cli.doctor.markets import check_markets
from sync.cli.doctor.remotes import check_receiver, check_storefront, check_warehouse
from sync.cli.doctor.stock import check_stock
from sync.cli.options import Json
from sync.cli.output import labeled, write_json
from sync.cli.session import PROBLEM, SETTINGS, bridge, figures
from sync.wiring import Bridge

_WIDTH = max(map(len, Level))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(*, as_json: Json = False) -> None:
    """Check settings, servers, remotes, crosswalks and receiver, each with its cure; exit 1 on red."""
    code = 0
    findings: list[Finding] = []
    try:
        with bridge() as opened:
            for finding in _examined(opened):
                findings.append(finding)
                if not as_json:
                    _show(finding)
    except SettingsError as error:
        findings = [bad(name, reason, _cure(name)) for name, reason in error.problems.items()]
        code = SETTINGS
        if not as_json:
            for finding in findings:
                _show(finding)
    counts = Counter(finding.level for finding in findings)
    if as_json:
        write_json({"findings": [_plain(finding) for finding in findings]})
    else:
        typer.echo("\n" + ", ".join(f"{counts[level]} {level}" for level in Level))
    raise typer.Exit(code or (PROBLEM if counts[Level.RED] else 0))


def _examined(opened: Bridge) -> Iterator[Finding]:
    settings = opened.settings
    sites = list(settings.sites.values())
    yield from check_database(settings.database_url)
    yield from check_inbox(settings.redis_url)
    yield from check_storefront(opened.storefront, sites)
    yield from check_stock(lambda site: looks(opened.stocking, site), sites)
    yield from check_warehouse(opened.warehouse, sites)
    yield from check_crm(opened.crm, sites, settings.crm.slow_at)
    yield from check_markets(sites, _dead(opened))
    yield check_receiver(settings.receiver)


def _dead(opened: Bridge) -> dict[str, int]:
    try:
        return {row["code"]: row["messages"] for row in figures(opened).dead_by_code()}
    except SQLAlchemyError:
        # What is wrong with the database was said by its own check.
        return {}


def _cure(name: str) -> str:
    if name.startswith(PREFIX):
        return f"Set {name} in the environment, or {name}_FILE to the path of a file that holds it."
    return f"Correct the sites file that {PREFIX}SITES names."


def _show(finding: Finding) -> None:
    cure = [(Text("".ljust(_WIDTH)), f"cure: {finding.cure}")] if finding.cure else []
    level = Text(finding.level.ljust(_WIDTH), finding.level)
    labeled([(level, f"{finding.subject}: {finding.text}"), *cure])


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level,
        "subject": finding.subject,
        "text": finding.text,
        "cure": finding.cure,
    }
