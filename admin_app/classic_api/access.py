"""Registering, logging in and out, and new access tokens."""

from __future__ import annotations
