"""The pages below /students/."""
