# A guest that looks for the solution, for the checks and for the stub's source, and returns what is written there.
# %%
import glob
import os

FOUND = {}
FOLDERS = ["@COURSE@/solutions", "@COURSE@/graders/day09_training_loops", "@COURSE@/source/day09_training_loops",
           "/opt/proctorch/solutions", "/opt/proctorch/../solutions", os.getcwd(), "/tmp"]
for folder in FOLDERS:
    for path in glob.glob(folder + "/**/*day09*", recursive=True) + glob.glob(folder + "/*.py"):
        try:
            text = open(path).read()
        except OSError:
            continue
        if "BEGIN SOLUTION" in text or "@misconception" in text or "class TestFit" in text:
            print("GOT", path)
            try:
                exec(compile(text, path, "exec"), FOUND)
            except Exception:
                pass

# %% exercise="training_step"
def training_step(*args):
    return FOUND["training_step"](*args)

# %% exercise="train_one_epoch"
def train_one_epoch(*args):
    return FOUND["train_one_epoch"](*args)

# %% exercise="evaluate"
def evaluate(*args):
    return FOUND["evaluate"](*args)

# %% exercise="fit"
def fit(*args):
    return FOUND["fit"](*args)

# %% exercise="early_stopping"
class EarlyStopping:
    def __new__(cls, *args):
        return FOUND["EarlyStopping"](*args)

# %% exercise="gradient_clipping"
def clip_gradients(*args):
    return FOUND["clip_gradients"](*args)

def clipped_step(*args):
    return FOUND["clipped_step"](*args)

# %% exercise="gradient_accumulation"
def accumulated_step(*args):
    return FOUND["accumulated_step"](*args)

# %% exercise="learning_rate_schedule"
def warmup_cosine(*args):
    return FOUND["warmup_cosine"](*args)

def train_with_schedule(*args):
    return FOUND["train_with_schedule"](*args)

# %% exercise="train_classifier"
def train_classifier(*args):
    return FOUND["train_classifier"](*args)
