"""Who plays episodes: an expert that knows the truth, stand-ins that show the judge can say no,
and the stack itself."""
