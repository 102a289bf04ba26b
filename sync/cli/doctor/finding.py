"""What a check found, and how bad it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Beyond this clocks make leases, cursors and counts "as of" wrong; below it is normal for a network.
SKEW_SECONDS = 2.0


class Level(StrEnum):
    """Green is well, yellow works but should be looked at, red must be cured."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one subject; everything but green says what to do."""

    level: Level
    subject: str
    text: str
    cure: str = ""


def well(subject: str, text: str) -> Finding:
    """Return a green finding."""
    return Finding(Level.GREEN, subject, text)


def doubtful(subject: str, text: str, cure: str) -> Finding:
    """Return a yellow finding."""
    return Finding(Level.YELLOW, subject, text, cure)


def bad(subject: str, text: str, cure: str) -> Finding:
    """Return a red finding."""
    return Finding(Level.RED, subject, text, cure)


def clock(subject: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Compare a server's time with ours, which was `before` the question and `after` the answer."""
    early, late = (before - theirs).total_seconds(), (theirs - after).total_seconds()
    skew = max(early, late, 0.0)
    if skew > SKEW_SECONDS:
        cure = "Set both machines' clocks by NTP."
        return bad(subject, f"its clock differs from this machine's by {skew:.1f} s", cure)
    return well(subject, f"its clock agrees with this machine's within {SKEW_SECONDS:g} s")
