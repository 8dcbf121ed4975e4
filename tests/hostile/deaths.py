# Ends, or breaks, its own process. Holds: it costs this cell alone.

# %% leaves by the back door
# says: os._exit, without a word
# ends: died
os._exit(0)

# %% reads where nothing is
# says: a segmentation fault
# ends: died
ctypes.string_at(0)

# %% aborts
# says: as C's assertions do
# ends: died
os.abort()

# %% closes every file
# says: its kernel's sockets among them
# ends: ok died timeout
os.closerange(3, 4096)

# %% opens files until there are no more
# says: the kernel has no descriptor left for what it is asked next
# ends: ok error died timeout
hoard = []
with trying():
    while True:
        hoard.append(os.open("/dev/null", os.O_RDONLY))

# %% breaks the interpreter
# says: builtins, modules and types that everything needs
# ends: ok error died timeout
import builtins, json
builtins.len = builtins.isinstance = lambda *_: 1 / 0
json.dumps = json.loads = None
sys.modules.clear()

# %% replaces the probe
# says: the grader's own modules, objects and hooks in the kernel
# ends: ok error died
import gc, grader.probe.kernel, grader.probe.tasks
for target in (grader.probe.kernel, grader.probe.tasks):
    for name in list(vars(target)):
        if not name.startswith("__"):
            setattr(target, name, lambda *a, **k: {"status": "ok"})
kernel().probe.end_task = lambda *a, **k: ({"task": "honest", "answer": False}, {})

# %% disarms the audit
# says: hooks that raise, and a look for those there are
# ends: ok error died timeout
def hook(event, arguments):
    if event == "open":
        raise PermissionError("no")
sys.addaudithook(hook)
sys.settrace(lambda *_: 1 / 0)
