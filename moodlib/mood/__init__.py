"""Faces over time to a mood: smoothing, stability, targets."""
