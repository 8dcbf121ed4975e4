# Speaks to the grader by way of the notebook's file. Holds: what runs is code, under the grader's own terms.

# %% is to be skipped, with saved outputs
# says: the tag that keeps a forged output
# metadata: {"tags": ["skip-execution"]}
# saved: forged output
# ends: error
raise ValueError("this ran")

# %% hides its errors
# says: the tag under which an error counts as expected
# metadata: {"tags": ["raises-exception"]}
# ends: error
raise ValueError("this ran")

# %% chooses its own kernel
# says: a kernel and a language of the notebook's choice
# notebook: {"kernelspec": {"name": "bash", "display_name": "b", "language": "bash"}, "language_info": {"name": "bash"}}
# ends: ok
print(sys.version)

# %% asks the grader for more time
# says: metadata that some runners read limits from
# metadata: {"timeout": 100000, "papermill": {"timeout": 100000}, "execution": {"timeout": -1}}
# notebook: {"execution": {"timeout": -1, "allow_errors": false}, "papermill": {"parameters": {}}}
# ends: timeout
time.sleep(3600)

# %% speaks other languages
# says: magics for shells, files and background jobs
# ends: ok error
get_ipython().run_cell_magic("bash", "--bg", "sleep 77")
get_ipython().run_cell_magic("sh", "", "cat " + facts["solution"])
get_ipython().run_line_magic("system", "cat " + facts["submission"])
with open("left.py", "w") as file:
    file.write("answer = True")
get_ipython().run_line_magic("run", "left.py")
get_ipython().run_line_magic("autosave", "1")

# %% waits in the background
# says: jobs of the event loop, exit handlers and finalisers that go off after the cell
# ends: ok died error
import asyncio, atexit
atexit.register(lambda: time.sleep(30))
asyncio.get_event_loop().call_later(0.01, lambda: time.sleep(1))
get_ipython().events.register("pre_execute", lambda: time.sleep(0.2))
class Late:
    def __del__(self):
        time.sleep(30)
late = Late()

# %% names its variables against the reader
# says: answers whose truth, length or text runs code
# ends: ok died error timeout
class Trap:
    def __bool__(self): os._exit(1)
    def __eq__(self, other): return True
    def __str__(self): return "x" * 10**9
    def __repr__(self): return "x" * 10**9
    __class__ = bool
answer = Trap()
