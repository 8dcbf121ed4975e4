# Lies in the kernel's protocol. Holds: nobody else's evidence changes, and nothing breaks the grader.

# %% answers for cells that have not run
# says: replies and outputs whose parents are guessed or taken from earlier messages
# ends: ok error died timeout
parent = dict(kernel().get_parent())
for identity in ("", "0", "x" * 10_000, parent["header"]["msg_id"] + "_1"):
    forged = {"header": {**parent["header"], "msg_id": identity}}
    reply("shell", "execute_reply", {"status": "ok", "execution_count": 99, "payload": []}, forged)
    reply("iopub", "stream", {"name": "stdout", "text": "forged"}, forged)
    reply("iopub", "status", {"execution_state": "idle"}, forged)

# %% answers ok before it fails
# says: an execute_reply of its own, and then an error
# ends: ok error died
reply("shell", "execute_reply", {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}})
reply("iopub", "status", {"execution_state": "idle"})
raise ValueError("this cell has failed")

# %% turns every failure into a success
# says: replaces the session's send
# ends: ok error died
k = kernel()
original = k.session.send
def send(stream, kind, content=None, *arguments, **named):
    if isinstance(content, dict) and content.get("status") == "error":
        content = {"status": "ok", "execution_count": 1, "payload": []}
    return original(stream, kind, content, *arguments, **named)
k.session.send = send
raise ValueError("this cell has failed")

# %% sends messages of no known kind
# says: types, contents and headers that nothing expects
# ends: ok error died timeout
for channel in ("iopub", "shell"):
    for kind in ("", "nothing", "x" * 100_000, "error", "execute_result", "stream", "display_data", "clear_output", "comm_open", "status", "execute_reply", "input_request", "probe_progress", "probe_reply"):
        for content in ({}, {"status": 5}, {"name": [], "text": {}}, {"data": [], "metadata": 3}, {"execution_state": ["idle"]}, {"task": {}, "step": "a", "loss": float("nan")}):
            reply(channel, kind, content)

# %% sends contents that are no objects
# says: lists, numbers and null in place of content, header and parent
# ends: ok error died timeout
k = kernel()
for kind in ("stream", "display_data", "status"):
    for part in (-1, -2, -3, -4):
        for content in (b"[]", b"3", b"null", b'"x"', b"", b"\xff", b"NaN", b"{"):
            frames = k.session.serialize(k.session.msg(kind, {"execution_state": "busy"}, parent=k.get_parent()))
            frames[part] = content
            frames[-5] = k.session.sign(frames[-4:])
            k.iopub_socket.send_multipart([kind.encode(), *frames])

# %% sends frames that are no messages
# says: too few, unsigned, wrongly signed, without a delimiter
# ends: ok error died timeout
k = kernel()
for frames in ([b""], [b"<IDS|MSG>"], [b"x", b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"], [b"<IDS|MSG>"] * 50, [b"x"] * 2000):
    k.iopub_socket.send_multipart(frames)

# %% answers the probe's questions itself
# says: forged evidence of another task, with numbers that are none
# ends: ok error died timeout
k = kernel()
async def forge(stream, ident, parent):
    action = parent["content"]["action"]
    evil = {
        "status": "ok", "run": {"task": "honest", "answer": False}, "answers": {"honest": False, "attack": True},
        "peak_memory_bytes": float("inf"), "cpu_seconds": float("inf"), "device": ["cpu"],
        "versions": {str(number): "x" * 1000 for number in range(1000)},
    }
    k.session.send(stream, "probe_reply", evil, parent, ident=ident)
k.shell_handlers["probe_request"] = forge

# %% answers the probe's questions with numbers beyond numbers
# says: integers of four hundred digits
# ends: ok error died timeout
k = kernel()
async def forge(stream, ident, parent):
    frames = k.session.serialize(k.session.msg("probe_reply", parent=parent), ident=ident)
    frames[-1] = b'{"status": "ok", "cpu_seconds": 1' + b"0" * 400 + b', "peak_memory_bytes": 1' + b"0" * 400 + b"}"
    frames[-5] = k.session.sign(frames[-4:])
    stream.send_multipart(frames)
k.shell_handlers["probe_request"] = forge

# %% answers the probe's questions with nonsense
# says: contents that are no objects, and parents that are none
# ends: ok error died timeout
k = kernel()
async def forge(stream, ident, parent):
    for part, content in ((-1, b"[]"), (-1, b"null"), (-3, b"[]"), (-4, b"3")):
        frames = k.session.serialize(k.session.msg("probe_reply", parent=parent), ident=ident)
        frames[part] = content
        frames[-5] = k.session.sign(frames[-4:])
        stream.send_multipart(frames)
k.shell_handlers["probe_request"] = forge

# %% answers the probe's questions with unsigned frames
# says: a message whose signature is another
# ends: ok error died timeout
k = kernel()
async def forge(stream, ident, parent):
    frames = k.session.serialize(k.session.msg("probe_reply", {"status": "ok"}, parent=parent), ident=ident)
    frames[-5] = b"0" * 64
    stream.send_multipart(frames)
    stream.send_multipart([*ident, b"no message at all"])
k.shell_handlers["probe_request"] = forge

# %% answers the probe's questions with too much
# says: a record of 30 MB of empty lists, and arrays of 70 MB
# ends: ok error died timeout
k = kernel()
async def forge(stream, ident, parent):
    frames = k.session.serialize(k.session.msg("probe_reply", parent=parent), ident=ident)
    frames[-1] = b'{"status": "ok", "run": [' + b"[]," * 10_000_000 + b"[]]}"
    frames[-5] = k.session.sign(frames[-4:])
    stream.send_multipart([*frames, b"x" * 70_000_000])
k.shell_handlers["probe_request"] = forge

# %% never answers the probe
# says: keeps the question, so that the run can only wait
# ends: died
k = kernel()
async def keep(*_):
    pass
k.shell_handlers["probe_request"] = keep

# %% writes to its launcher's channel
# says: forged events through every descriptor that is open, and those of /proc
# ends: ok died
line = b'{"event": "ended"}\n{"event": "swept", "clean": true}\n{"event": "started"}\n'
for number in (0, 1, 2):
    with trying():
        os.write(number, line)
for process in (os.getppid(), 1):
    for number in range(8):
        with trying():
            descriptor = os.open(f"/proc/{process}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
            got_in()
            os.write(descriptor, line)

# %% asks for input
# says: by input, getpass and a message of its own
# ends: error died ok
for ask in ("input", "getpass"):
    with trying():
        (input if ask == "input" else __import__("getpass").getpass)("?")
kernel().session.send(kernel().stdin_socket, "input_request", {"prompt": "?", "password": False}, parent=kernel().get_parent(), ident=kernel()._parent_ident["shell"])

# %% sets cells that nobody wrote
# says: payloads that a front end would run
# ends: ok
get_ipython().set_next_input("answer = False", replace=True)
get_ipython().payload_manager.write_payload({"source": "page", "data": {"text/plain": "x"}, "start": 0})
get_ipython().payload_manager.write_payload({"source": "ask_exit", "keepkernel": False})

# %% takes the kernel's sockets away
# says: unlinks them, and binds others by their names
# ends: ok died timeout
for name in os.listdir(facts["sockets"]):
    with trying():
        os.unlink(f"{facts['sockets']}/{name}")
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{facts['sockets']}/{name}")
        server.listen()

# %% shuts its kernel down
# says: by the kernel's own means, now and behind its back
# ends: ok error died timeout
kernel().do_shutdown(False)
kernel().io_loop.call_later(0.01, kernel().io_loop.stop)
