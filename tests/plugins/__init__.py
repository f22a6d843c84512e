"""Loaded by pytest before Django's settings are read."""
