"""Labels of people: taken over from other tools, checked, asked for where they teach most, and doubted."""
