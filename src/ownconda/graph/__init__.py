"""Graphs over any nodes: order, cycles as data, drawings. Knows no conda word."""
