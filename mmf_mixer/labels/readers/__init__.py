"""Labels as other tools write them: one reader for each, the inverses of `annotate.exports`."""
