"""The command line: one module a command, each thin over the package that does the work.

`main` puts the commands together, turns errors into messages and exit codes, and imports nothing that is slow: a
command imports what it needs when it is called. `render` shows a report in a terminal, `progress` the way of long work,
`output` writes JSON. Exit codes:

    0    done, and the answer is yes
    1    done, and the answer is no: a check fails, a generated file is stale, something needed is missing
    2    the call, the course or an authored file is not right
    3    the engine could not judge: no mark was given, grade again when it is mended
    130  interrupted; finished results are kept
"""
