"""The page on which people look through clips: labels that look wrong, or clips to label next."""
