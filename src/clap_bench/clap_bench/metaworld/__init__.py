"""MetaWorld's 50 tasks as a suite of small steps; the package itself is installed on request."""
