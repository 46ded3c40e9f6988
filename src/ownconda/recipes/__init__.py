"""Recipes: text read, rendered to Builds, and changed for a build without touching the user's files."""
