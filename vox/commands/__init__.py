"""Commands of the command line that belong together, a module for each group."""
