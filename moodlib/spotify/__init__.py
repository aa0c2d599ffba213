"""Everything that speaks to Spotify."""
