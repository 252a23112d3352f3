"""Values that schemas take."""
