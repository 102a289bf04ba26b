"""PostgreSQL's own log: does it quote what people have ordered?"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, text

from sync.cli.doctor.finding import Finding, doubtful, well

# Setting → whether a value of it keeps statements, their values and rows that are refused out of the log,
# and the value that does. Values stand in our statements themselves, so that whatever logs one quotes them.
_QUIET: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "log_min_error_statement": (lambda value: value in {"log", "fatal", "panic"}, "panic"),
    "log_error_verbosity": (lambda value: value == "terse", "terse"),
    "log_statement": (lambda value: value in {"none", "ddl"}, "none"),
    "log_min_duration_statement": (lambda value: value == "-1", "-1"),
    "log_min_duration_sample": (lambda value: value == "-1", "-1"),
    "log_transaction_sample_rate": (lambda value: float(value) == 0, "0"),
    "log_parameter_max_length_on_error": (lambda value: value == "0", "0"),
}
_SETTINGS = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
_ROLE = text("SELECT quote_ident(current_user)")


def check_logging(connection: Connection, subject: str) -> Finding:
    """Look at the settings of this role's sessions; those that it may not read are named, not guessed."""
    rows = connection.execute(_SETTINGS, {"names": list(_QUIET)})
    found = {row.name: row.setting for row in rows}
    return judged(found, str(connection.scalar(_ROLE)), subject)


def judged(found: Mapping[str, str], role: str, subject: str) -> Finding:
    """Return what the settings (name → value, as PostgreSQL shows them) make of people's data."""
    loud = {name: value for name, value in found.items() if not _QUIET[name][0](value)}
    if loud:
        shown = ", ".join(f"{name} = {value}" for name, value in sorted(loud.items()))
        cure = "; ".join(f"ALTER ROLE {role} SET {name} = {_QUIET[name][1]!r}" for name in sorted(loud))
        return doubtful(
            subject,
            f"its log may quote people's data: {shown}",
            f"As a superuser: {cure}; then restart receiver and workers.",
        )
    if unknown := sorted(_QUIET.keys() - found.keys()):
        cure = f"Grant {role} pg_read_all_settings, or look at them by hand (docs/privacy.md)."
        return doubtful(subject, f"what its log quotes is not told: {', '.join(unknown)}", cure)
    return well(subject, "its log quotes no statements and no values")
