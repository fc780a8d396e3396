"""Labels of people: taken over from other tools."""
