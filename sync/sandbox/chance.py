"""Chance that repeats: the same seed draws the same things."""

import random


class Chance(random.Random):
    """A seeded generator; nothing here is a secret, so repeatability is what counts."""

    def happens(self, likelihood: float) -> bool:
        """Whether something happens that does so with this likelihood (0 to 1)."""
        return self.random() < likelihood
