"""Python, the packages that numbers depend on, GPUs, fonts and the browser of the tests."""

import importlib.metadata
import json
import platform
import shutil
import sys
from pathlib import Path

from grader.doctor.findings import Finding, ask_program

PACKAGES = {
    "torch": "torch>=2.4,<3",
    "numpy": "numpy>=1.26",
    "safetensors": "safetensors>=0.4.3",
    "ipykernel": "ipykernel>=6.29",
    "nbclient": "nbclient>=0.10",
    "jupyter-client": "jupyter-client>=8.6",
    "pyzmq": "pyzmq>=26.0",
}
"""Packages whose version decides the numbers, or whether a kernel starts, and what to install of them."""

TORCH = """
import json, torch
cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
print(json.dumps({"version": torch.__version__, "cuda": torch.version.cuda,
                  "cards": [torch.cuda.get_device_name(card) for card in range(cards)]}))
"""
"""In a process of its own: a broken torch can take its process with it."""

FONTS = """
import json, sys
from matplotlib import font_manager
files = set(json.loads(sys.argv[1]))
print(json.dumps(sorted({font.name for font in font_manager.fontManager.ttflist if font.fname in files})))
"""

NAMES_SHOWN = 3


def examine_packages() -> list[Finding]:
    """The versions in use."""
    python = f"{platform.python_implementation()} {platform.python_version()} ({platform.machine()})"
    findings = [Finding("python", "python", "good", f"{python}.")]
    for name, wanted in PACKAGES.items():
        try:
            findings.append(Finding("python", name, "good", f"{importlib.metadata.version(name)}."))
        except importlib.metadata.PackageNotFoundError:
            remedy = f"Run: {Path(sys.executable).name} -m pip install '{wanted}'"
            findings.append(Finding("python", name, "fault", "It is not installed.", remedy))
    return findings


def examine_gpu() -> list[Finding]:
    """What torch can train on, and the cards and the driver that the machine has."""
    said = ask_program(sys.executable, "-P", "-c", TORCH)
    if said is None:
        remedy = f"See what it says. Run: {Path(sys.executable).name} -c 'import torch'"
        return [Finding("gpu", "torch", "fault", "torch cannot be imported.", remedy)]
    torch = json.loads(said.splitlines()[-1])
    build = f"CUDA {torch['cuda']}" if torch["cuda"] else "CPU only"
    findings = [Finding("gpu", "torch", "good", f"{torch['version']}, built for {build}.")]
    driver = find_driver()
    if torch["cards"]:
        cards = ", ".join(torch["cards"])
        findings.append(Finding("gpu", "cards", "good", f"{cards}; driver {driver or 'of unknown version'}."))
    elif driver is None:
        findings.append(Finding("gpu", "cards", "good", "No NVIDIA driver: networks are trained on the CPU."))
    elif not torch["cuda"]:
        fact = f"There is a driver, {driver}, but this torch is built for the CPU only."
        remedy = "Install a build for CUDA, or grade with --device cpu."
        findings.append(Finding("gpu", "cards", "note", fact, remedy))
    else:
        fact = f"There is a driver, {driver}, but torch sees no card."
        remedy = "See that the driver is new enough for this torch. Run: nvidia-smi"
        findings.append(Finding("gpu", "cards", "note", fact, remedy))
    return findings


def find_driver() -> str | None:
    """The version of NVIDIA's driver; None where there is none."""
    said = ask_program("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    return said.splitlines()[0] if said else None


def examine_fonts() -> list[Finding]:
    """Whether figures can hold Korean text."""
    remedy = "Run: sudo apt install fontconfig fonts-noto-cjk"
    said = ask_program("fc-list", ":lang=ko", "file")
    if said is None:
        fact = "fontconfig is not installed, so the fonts cannot be told."
        return [Finding("fonts", "korean", "note", fact, remedy)]
    files = [line.strip().removesuffix(":") for line in said.splitlines()]
    if not files:
        fact = "No font has Hangul: it is shown as boxes in figures."
        return [Finding("fonts", "korean", "note", fact, remedy)]
    findings = [Finding("fonts", "korean", "good", f"Font files with Hangul: {len(files)}.")]
    drawn = ask_program(sys.executable, "-P", "-c", FONTS, json.dumps(files))
    names = [] if drawn is None else json.loads(drawn.splitlines()[-1])
    if names:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        fact = f"It can draw Hangul in {', '.join(names[:NAMES_SHOWN])}{more}."
        findings.append(Finding("fonts", "matplotlib", "good", fact))
    else:
        fact = "It does not know these fonts." if drawn else "It cannot be imported."
        remedy = "Run: rm -r ~/.cache/matplotlib" if drawn else "Run: pip install 'matplotlib>=3.8'"
        findings.append(Finding("fonts", "matplotlib", "note", fact, remedy))
    return findings


def examine_chromium() -> list[Finding]:
    """The browser that the project's own tests look at pages with."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return [Finding("tests", "chromium", "good", f"{path}.")]
    fact = "There is none. Only the project's own tests need it."
    return [Finding("tests", "chromium", "note", fact, "Run: sudo apt install chromium")]
