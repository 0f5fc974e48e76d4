"""What becomes of what was announced: kept, handed to everybody who reacts, and looked after by people."""
