"""Labels of people: what to label next, and which labels look wrong."""
