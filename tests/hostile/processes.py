# Lists, ends and stops processes, and multiplies. Holds: neighbours and grader run on, the next run is right.

# %% lists processes
# says: the command lines of everything on the machine
# free: listed
# landlock: only a namespace of processes hides their names
for process in filter(str.isdigit, os.listdir("/proc")):
    with contextlib.suppress(OSError), open(f"/proc/{process}/cmdline", "rb") as file:
        print(file.read(300))

# %% kills its neighbours
# says: by number and by a descriptor
# needs: scope
# ends: ok died
for number in (signal.SIGKILL, signal.SIGSTOP):
    with trying():
        os.kill(facts["victim"], number)
    with trying():
        signal.pidfd_send_signal(os.pidfd_open(facts["victim"]), number)

# %% kills whoever grades
# says: the grader's process and its group
# needs: scope
for process in (facts["grader"], -facts["grader"]):
    with trying():
        os.kill(process, signal.SIGKILL)

# %% kills its own group
# says: everything that the kernel's group and session hold, itself among them
# ends: died
os.killpg(0, signal.SIGKILL)

# %% kills its launcher
# says: the process that would start its replays, and process 1 of its room
# ends: ok died
for process in (os.getppid(), 1):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        with trying():
            os.kill(process, number)

# %% stops its launcher
# says: SIGSTOP, so that nothing would sweep after it
# ends: ok died
with trying():
    os.kill(os.getppid(), signal.SIGSTOP)

# %% stops itself
# says: SIGSTOP to its own process: it neither answers nor ends
# ends: timeout died
os.kill(os.getpid(), signal.SIGSTOP)

# %% changes limits of others
# says: prlimit upon the launcher, the grader and a neighbour, so that they may open no file any more
# free: victim
import resource
for process in (facts["victim"], os.getppid()):
    with trying():
        resource.prlimit(process, resource.RLIMIT_NOFILE, (9, 9))

# %% moves others to one processor
# says: the affinity of a neighbour
# free: victim
# landlock: only a namespace of processes hides their numbers, and libzmq needs the calls for itself
with trying():
    os.sched_setaffinity(facts["victim"], {min(os.sched_getaffinity(0))})

# %% raises its own limits
# says: memory, processes and file size beyond what it was given
import resource
for kind in (resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
    with trying():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (hard + 1, hard + 1))
        got_in()

# %% forks without end
# says: a bomb of processes that neither end nor answer to signals
# ends: ok error timeout died
signal.signal(signal.SIGTERM, signal.SIG_IGN)
count = 0
with trying():
    while count < 400:
        if os.fork() == 0:
            while True:
                time.sleep(60)
        count += 1
if count >= 400:
    got_in()

# %% starts threads without end
# says: a bomb of threads
# ends: ok error timeout died
threading.stack_size(65536)
started = 0
with trying():
    while started < 400:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
if started >= 400:
    got_in()

# %% leaves daemons
# says: in sessions of their own, ignoring every signal they can, and forking on as they are hunted
# ends: ok died timeout
def breed():
    for number in range(1, 32):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if os.fork():
                os._exit(0)
            os.setsid()
        time.sleep(0.001)
for _ in range(5):
    detach(breed)

# %% leaves a daemon that holds the next run's sockets
# says: binds the names that the next kernel would bind, and answers there
# ends: ok died
def squat():
    held = []
    for number in range(1, 60):
        with contextlib.suppress(OSError):
            held.append(socket.socket(socket.AF_UNIX))
            held[-1].bind(f"{facts['sockets']}/k-{number}")
            held[-1].listen()
    time.sleep(30)
detach(squat)
time.sleep(0.2)

# %% leaves a watcher of the folder of sockets
# says: a daemon that takes each new socket away and puts its own in its place
# ends: ok died timeout
def watch():
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for name in os.listdir(facts["sockets"]):
            with contextlib.suppress(OSError):
                os.unlink(f"{facts['sockets']}/{name}")
                server = socket.socket(socket.AF_UNIX)
                server.bind(f"{facts['sockets']}/{name}")
                server.listen()
detach(watch)
time.sleep(0.2)
