"""Forward pass in C for 8-bit weights, compiled by the machine's own compiler where there is one."""
