"""The kept segments of a timeline, in the formats that other tools read: one plain writer for each."""
