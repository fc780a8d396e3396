"""The page on which people look through an annotation and correct it."""
