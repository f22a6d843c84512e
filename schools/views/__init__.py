"""The pages below /school/."""
