"""Mood and taste to ranked songs."""
