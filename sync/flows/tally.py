"""What became of a publication, counted while it runs: by calls and by files alike."""

from dataclasses import dataclass

from sync.core.errors import Rejected


@dataclass(slots=True)
class Tally:
    """How many allocations were written, how many refused, and how many rest after a refusal."""

    written: int = 0
    refused: int = 0
    resting: int = 0
    first: str = ""

    def refuse(self, sku: str, error: Rejected) -> None:
        """Count a refusal; the first is told by name."""
        self.refused += 1
        self.first = self.first or f"{sku}: {error.detail.removeprefix(f'{sku}: ')}"

    def note(self) -> str:
        """Say it in one line."""
        said = f"{self.written} allocations written"
        if self.refused:
            said += f", {self.refused} refused, the first: {self.first}"
        return said + (f", {self.resting} refused before and not due yet" if self.resting else "")
