"""Builds spread over the runners of a farm: a plan turned into a GitLab pipeline. Pure."""
