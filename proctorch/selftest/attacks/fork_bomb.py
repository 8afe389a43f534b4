"""Making processes without end."""

import os

made = 0
for _ in range(2000):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        import time

        time.sleep(60)
        os._exit(0)
    made += 1
if made > 1000:
    print("GOT", made, "processes")
