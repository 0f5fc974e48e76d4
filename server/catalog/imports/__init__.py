"""How does a whole catalogue come in and go out? As one flat CSV file, or from somebody else's published data."""
