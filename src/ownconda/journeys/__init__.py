"""Flows that cross rooms, one file a flow."""
