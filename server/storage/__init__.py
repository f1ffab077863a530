"""Adapters of the store port: one folder for each database, and what they share."""
