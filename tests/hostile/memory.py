# Takes memory, 2 GiB at most. Holds: the room stays near its limit, the grader under its own, the next run is right.

# %% fills memory with numpy
# says: private pages, by an array
# ends: error died timeout
# bound: memory
import numpy
hoard = [numpy.ones(2**23) for _ in range(32)]

# %% fills memory with torch
# says: private pages, by a tensor
# ends: error died timeout
# bound: memory
import torch
hoard = [torch.ones(2**24) for _ in range(32)]

# %% fills memory that is shared
# says: anonymous shared pages, which no limit of a process counts
# ends: error died timeout
# bound: memory
hoard = []
for _ in range(32):
    hoard.append(mmap.mmap(-1, 2**26))
    hoard[-1].write(b"x" * 2**26)
    time.sleep(0.05)
time.sleep(0.5)

# %% fills memory in many processes
# says: each within its own limit, together beyond the room's
# ends: ok error died timeout
# bound: memory
def fill():
    hoard = []
    for _ in range(16):
        hoard.append(b"x" * 25 * 2**20)
        time.sleep(0.1)
    time.sleep(3)
for _ in range(5):
    if os.fork() == 0:
        with trying():
            fill()
        os._exit(0)
time.sleep(0.5)

# %% fills memory by files
# says: memfd_create, shmget and /dev/shm
# ends: ok error died
# bound: memory
with trying():
    descriptor = os.memfd_create("hoard")
    got_in()
with trying():
    call("shmget", 0, 2**26, 0o1600)
    got_in()
with trying():
    for number in range(24):
        with open(f"/dev/shm/hoard-{number}", "wb") as file:
            file.write(b"x" * 2**26)

# %% fills memory by a stack
# says: recursion in C, and huge integers
# ends: ok error died timeout
# bound: memory
sys.setrecursionlimit(10**8)
def fall(): return fall()
in_child(fall)
print(len(str(1 << (1 << 16))))
number = 1 << (1 << 33)

# %% asks for a core of itself
# says: dies with its memory written to a file
# ends: ok died
import resource
with trying():
    resource.setrlimit(resource.RLIMIT_CORE, (2**28, 2**28))
in_child(os.abort)
print(os.listdir("."))
