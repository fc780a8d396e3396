"""Labels of people: taken over from other tools, and checked before they are trained on."""
