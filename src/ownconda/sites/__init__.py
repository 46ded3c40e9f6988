"""Hosted documentation: sites of static pages, unpacked and checked, by project and version."""
