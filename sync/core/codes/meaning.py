"""What a code means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means to an operator; `example` is what such a case looks like."""

    cause: str
    cure: str
    example: str
