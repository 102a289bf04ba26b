"""The speed of truth: from a fact in the warehouse to the storefront's journal. Read `__main__` first."""
