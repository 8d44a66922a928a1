"""Skills: what somebody taught by a few demonstrations, beside what the stack came with."""
