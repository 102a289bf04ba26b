"""The oversell laboratory: the same day of trade under two practices, on the real code and a simulated clock.

Shoppers buy what the sandbox's storefront shows while the warehouse also sells to other channels. `market`
makes the day from a seed, `practices` are two ways to keep the storefront's stock, `judge` knows the truth
that neither of them sees, `report` writes the table and the plots. Read `trade` first: it is the story.
"""
