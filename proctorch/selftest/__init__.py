"""The sandbox attacked by itself, on the machine where it is to hold, before it decides marks.

`attempt` makes guests as grading does, at the best level that the machine allows, and runs in each of them one program
of `attacks/`: student code that tries to read what is the host's, to reach what is outside, to use more than its share,
to stay when it should end. An attack that gets something prints a line that begins with GOT; what the host can see from
its own side (a process that still runs, a connection, a changed file), it looks at itself (`bait`). One success, and
no mark is given on this machine.

What was found is kept for the machine as it is (`record`): kernel and its last start, engine, Python, bubblewrap.
"""
