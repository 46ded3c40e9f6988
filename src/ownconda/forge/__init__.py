"""The HTTP door: routes and pages over a forge's channels, access and sources."""
