# Shows too much. Holds: the grader's memory stays small, what is kept has a size, and the run ends.

# %% prints lines without end
# says: small pieces, a million of them
# ends: ok error timeout died
for number in range(10**6):
    print("line", number)

# %% prints one enormous string
# says: 300 MB at once
# ends: ok error timeout died
print("x" * 300_000_000)

# %% prints strings that are just small enough
# says: 40 MB each, each a message that is let through
# ends: ok error timeout died
for _ in range(12):
    print("x" * 40_000_000, flush=True)

# %% floods the error stream of its process
# says: by descriptor, past Python, into whatever file the grader keeps
# ends: ok error timeout died
for descriptor in (1, 2):
    for _ in range(200):
        os.write(descriptor, b"x" * 2**20)

# %% displays without end
# says: many small outputs
# ends: ok error timeout died
from IPython.display import display, HTML
for number in range(20000):
    display({"text/plain": "x"}, raw=True)

# %% rewrites what others have shown
# says: updates by display_id, of every earlier output
from IPython.display import display, update_display
display("mine", display_id="honest")
for identity in ("honest", "", None, 0):
    with trying():
        update_display("forged", display_id=identity)
reply("iopub", "update_display_data", {"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": ["list"]}})
reply("iopub", "display_data", {"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": {"a": 1}}})

# %% clears outputs in a loop
# says: now and later, between prints
# ends: ok error timeout died
from IPython.display import clear_output
for number in range(5000):
    print(number)
    clear_output(wait=bool(number % 2))

# %% draws a giant figure
# says: 400 square inches at 300 dots
# ends: ok error timeout died
import matplotlib.pyplot as plt, numpy
plt.figure(figsize=(20, 20), dpi=300)
plt.imshow(numpy.random.rand(4000, 4000))
plt.show()

# %% shows deep JSON
# says: nested as deep as the kernel can write it, and deeper by hand
# ends: ok error timeout died
from IPython.display import display
value = []
for _ in range(400):
    value = [value]
display({"application/json": value}, raw=True)
k = kernel()
for depth in (5000, 200_000):
    header = k.session.msg("display_data", parent=k.get_parent())
    frames = k.session.serialize(header)
    frames[-1] = b'{"data": {"application/json": ' + b"[" * depth + b"]" * depth + b'}, "metadata": {}}'
    frames[-5] = k.session.sign(frames[-4:])
    k.iopub_socket.send_multipart([b"display_data", *frames])

# %% shows dense JSON
# says: 60 MB of empty lists, which take twenty times as much once they are read
# ends: ok error timeout died
k = kernel()
dense = b'{"data": {"application/json": [' + b"[]," * 20_000_000 + b'[]]}, "metadata": {}}'
for kind in ("display_data", "stream"):
    frames = k.session.serialize(k.session.msg(kind, parent=k.get_parent()))
    frames[-1] = dense
    k.iopub_socket.send_multipart([kind.encode(), *frames])
for _ in range(3):
    frames = k.session.serialize(k.session.msg("display_data", parent=k.get_parent()))
    frames[-1] = dense[:31] + b"[]," * 1_500_000 + dense[-21:]
    frames[-5] = k.session.sign(frames[-4:])
    k.iopub_socket.send_multipart([b"display_data", *frames])
time.sleep(1)

# %% raises an error without end
# says: an exception of 60 MB of short words, and one with a hostile name
# ends: error died timeout
class Endless(Exception):
    pass
Endless.__name__ = "CellTimeoutError"
raise Endless("ab " * 8_000_000)

# %% floods comms
# says: widgets' messages, opened and closed
# ends: ok error timeout died
from comm import create_comm
for number in range(3000):
    create_comm(target_name="jupyter.widget", data={"state": {"x": "y" * 1000}}).send({"method": "update", "state": {}})

# %% floods buffers
# says: binary parts without number, and large ones
# ends: ok error timeout died
reply("iopub", "comm_open", {"comm_id": "1", "target_name": "jupyter.widget", "data": {}}, buffers=[b"x"] * 100_000)
for _ in range(12):
    reply("iopub", "comm_msg", {"comm_id": "1", "data": {}}, buffers=[b"x" * 40_000_000])

# %% floods while nobody reads
# says: large outputs from a thread, while the probe is kept from answering
# ends: ok error timeout died
k, parent = kernel(), kernel().get_parent()
def flood():
    for _ in range(25):
        k.session.send(k.iopub_socket, "stream", {"name": "stdout", "text": "x" * 40_000_000}, parent=parent)
original = k.shell_handlers["probe_request"]
async def dawdle(*arguments):
    time.sleep(3)
    await original(*arguments)
k.shell_handlers["probe_request"] = dawdle
threading.Thread(target=flood, daemon=True).start()

# %% floods channels that nobody reads
# says: large replies on the channels of control and of input
# ends: ok error timeout died
k = kernel()
import zmq
for stream in (k.control_stream, k.stdin_socket, k.shell_stream):
    for _ in range(8):
        with trying():
            k.session.send(stream, "input_request", {"prompt": "x" * 40_000_000}, parent=k.get_parent(), ident=k._parent_ident["shell"])
time.sleep(1)

# %% loses its connections and goes on
# says: too large a message on the channel of control, so that nothing is left to interrupt it by
# ends: timeout died
k = kernel()
k.session.send(k.control_stream, "interrupt_reply", {"status": "x" * 3_000_000}, parent=k.get_parent(), ident=k._parent_ident["shell"])
time.sleep(0.5)
while True:
    pass

# %% loses its connections and ends
# says: too large a message on the channel of replies, so that the probe cannot be asked
# ends: ok error timeout died
k = kernel()
k.session.send(k.shell_stream, "execute_reply", {"status": "ok"}, parent=k.get_parent(), ident=k._parent_ident["shell"], buffers=[b"x" * 75_000_000])
time.sleep(0.5)

# %% draws hostile markup
# says: scripts, links that call home, and SVG that grows
from IPython.display import display
for kind in ("text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript", "image/png", "x/y"):
    display({kind: "<script>x</script><svg onload=x><b id=1><p>" * 200}, raw=True)
