"""Files that are almost right: seeded mutations through the readers and commands."""
