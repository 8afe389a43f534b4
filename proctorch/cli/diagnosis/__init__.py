"""What this machine can do, found out by trying: a module for the machine, one for the sandbox, one for the classroom.

Each function returns a `Finding` and never raises: what cannot be found out is a finding too.
"""
