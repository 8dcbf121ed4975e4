"""Runs a script in a sandbox, as this user or as another one: `python sandbox_driver.py ORDER`.

ORDER is JSON: uid (to become first, or null), backend, memory_bytes, and place, a folder with `script.py`
and `facts.json`. Prints what the script printed, and a line on how it ended. The script runs by way of
`timeit`, a module of the standard library that takes statements, so that nothing has to be added to the
package for the tests.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Becomes the user, starts a victim, runs the script, reports."""
    order = json.loads(sys.argv[1])
    if order["uid"] is not None:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])

    from grader.execute.sandbox.base import Room
    from grader.execute.sandbox.bwrap import BwrapSandbox
    from grader.execute.sandbox.container import ContainerSandbox
    from grader.execute.sandbox.landlock import LandlockSandbox
    from grader.execute.sandbox.none import NoSandbox

    backends = {
        "bwrap": BwrapSandbox,
        "container": ContainerSandbox,
        "landlock": LandlockSandbox,
        "none": NoSandbox,
    }
    sandbox = backends[order["backend"]]()
    place = Path(order["place"])
    room = Room(
        sockets=place / "sockets",
        work=place / "work",
        memory_bytes=order["memory_bytes"],
        file_bytes=8 * 2**20,
        processes=24,
        cpu_seconds=60,
    )
    room.sockets.mkdir(exist_ok=True)
    script = room.sockets / "script.py"
    shutil.copyfile(place / "script.py", script)
    with subprocess.Popen(["sleep", "20"]) as victim:
        try:
            facts = json.loads((place / "facts.json").read_text()) | {
                "place": str(place),
                "victim": victim.pid,
            }
            (room.sockets / "facts.json").write_text(json.dumps(facts))
            for path in room.sockets.iterdir():
                path.chmod(0o600)
            statement = f"import runpy; runpy.run_path({str(script)!r})"
            command = sandbox.build_command("timeit", ["-n", "1", "-r", "1", statement], room)
            environment = sandbox.build_environment(room)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
            sys.stderr.write(done.stderr)
            sys.stdout.write(done.stdout.split("\n1 loop, best of")[0] + "\n")
            print(json.dumps({"status": done.returncode, "victim_alive": victim.poll() is None}))
        finally:
            victim.kill()


if __name__ == "__main__":
    main()
