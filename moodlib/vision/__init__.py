"""Frame to faces: find them, read them, draw them."""
