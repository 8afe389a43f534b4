"""Grading many submissions: processes that hold the checks, each with a sandbox of its own.

Theory of operation: `LocalEngine` starts workers (spawned, so that nothing is inherited). A worker is a host: it
collects the day's checks once in a pytest session, starts a zygote, and then answers one job after another over a
pipe. The engine hands out jobs, collects reports, runs suspicious exercises once more alone at the end, and replaces
a worker that died.
"""
