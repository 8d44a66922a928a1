"""Keys and permissions of the nodes: a keystore in the format of SROS2."""
