"""Running a program that it wrote itself."""

import os
import shutil
import subprocess
import sys

places = [os.getcwd(), "/dev/shm", "/var/tmp"]
for folder in places:
    path = os.path.join(folder, "python")
    try:
        shutil.copyfile(os.path.realpath(sys.executable), path)
        os.chmod(path, 0o755)
        if subprocess.run([path, "-c", "print('ran')"], capture_output=True).stdout:
            print("GOT a program run in", folder)
    except OSError:
        continue
