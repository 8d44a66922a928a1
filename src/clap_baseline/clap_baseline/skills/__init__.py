"""How the analytic policy does each kind of sub-task: a situation in, key actions out."""
