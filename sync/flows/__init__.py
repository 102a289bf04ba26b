"""The stories: what is collected, and what is delivered from it, step by step.

`messages` is the loop that all share; `orders`, `fulfillment`, `storefront` and `inventory` are the
flows, `reprocess` cures dead letters. May know: core only; the world comes in through its ports.
"""
