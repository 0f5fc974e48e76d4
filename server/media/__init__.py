"""Pictures: checked, made small and free of what they would tell, and kept behind the media port."""
