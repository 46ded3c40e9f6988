"""conda-build's recipes (v0) rewritten as rattler-build's (v1), as a packager would have written them."""
