"""What a listener chose to keep: moods by the second, songs and reactions. Never a frame or a face."""
