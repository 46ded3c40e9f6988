"""A package looked at as its users will meet it: what its files link against, and what they would leave broken."""
