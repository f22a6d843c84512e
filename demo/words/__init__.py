"""Word material of the demo county: names, notes, places. All invented."""
