"""The command line: one file a verb; what is heavy loads inside the verb."""
