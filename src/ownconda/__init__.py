"""An organisation's own conda: packages built from source, hosted, promoted and installed."""

__version__ = "0.1.0"
