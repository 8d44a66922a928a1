"""What ``./clap doctor`` looks at: probes see, checks judge, the table joins them."""
