"""Screens of no single domain."""
