"""Leaving processes behind that have cut every tie."""

import os
import time

for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            try:
                os.close(0)
            except OSError:
                pass
            while True:
                time.sleep(1)
        os._exit(0)
