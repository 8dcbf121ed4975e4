# Takes more time than it has. Holds: the run ends, and what came before keeps its evidence.

# %% loops without end
# says: a plain loop
# ends: timeout
while True:
    pass

# %% swallows every interrupt
# says: a loop that catches KeyboardInterrupt
# ends: timeout
while True:
    try:
        while True:
            pass
    except BaseException:
        pass

# %% blocks every signal
# says: masks, handlers that do nothing, and an interrupt handler of the kernel's that is gone
# ends: timeout
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
signal.signal(signal.SIGINT, signal.SIG_IGN)
kernel().control_handlers.clear()
while True:
    time.sleep(1)

# %% stays in one long call of C
# says: Python gets no word in, so that no interrupt is seen
# ends: timeout
import re
re.match(r"(a*)*b", "a" * 64)

# %% sleeps
# says: for an hour
# ends: timeout
time.sleep(3600)

# %% ends its cell and holds the kernel
# says: a thread that keeps the interpreter's lock
# ends: ok died timeout
def hold():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        re.match(r"(a*)*b", "a" * 26)
import re
for _ in range(4):
    threading.Thread(target=hold, daemon=True).start()

# %% changes the clock
# says: sets it to what it shows, so that a room that fails harms nobody
class Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("part", ctypes.c_long)]
with trying():
    now = time.time()
    time.clock_settime(time.CLOCK_REALTIME, now)
    got_in()
with trying():
    call("settimeofday", ctypes.byref(Time(int(now), 0)), 0)
    got_in()

# %% turns the clock back for the grader's code in the kernel
# says: replaces the functions of time that the probe may call
# ends: ok error died timeout
time.time = time.monotonic = time.perf_counter = lambda: -1e18
