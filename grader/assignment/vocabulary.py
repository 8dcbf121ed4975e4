"""Words of Python and of its libraries that tell what code does beyond the names that stand in it."""

import re

REFLECTION = frozenset(
    """exec eval compile globals locals vars dir __import__ __builtins__ open input breakpoint get_ipython
    suppress reload In Out""".split()
)
"""Names by which code reaches names that do not stand in it, files, or IPython."""
DEEP_REFLECTION = REFLECTION - {"open", "input", "dir", "suppress"}
"""Those that can make functions of which no tree is seen."""
HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[iod]h")
"""What IPython keeps of earlier cells."""

OUTWARD = frozenset(
    """save savez savez_compressed savetxt savefig tofile dump to_csv to_json to_pickle to_excel to_hdf
    to_parquet write writelines write_text write_bytes mkdir makedirs memmap hub multiprocessing distributed
    library compile suppress system popen __globals__ __builtins__ __subclasses__ f_globals f_back""".split()
)
"""Attributes that write files, start processes, change torch for good, or reach around names."""

HARMLESS = frozenset(
    """torch torchvision numpy math cmath random time datetime copy collections itertools functools operator
    typing dataclasses abc enum re string statistics decimal fractions heapq bisect types numbers json
    matplotlib mpl_toolkits pandas sklearn scipy seaborn tqdm warnings textwrap pprint __future__ grader
    IPython""".split()
)
"""Packages that leave files and processes alone, unless one of the words above is asked of them."""
DRAWING = frozenset({"matplotlib", "seaborn", "IPython", "mpl_toolkits"})
"""Packages whose calls draw no random numbers, and whose settings no network depends on."""

CHANGES_ARGUMENT = frozenset({"setattr", "delattr", "next", "shuffle", "heappush", "heappop", "insort"})
"""Functions that change their first argument."""
CHANGES_ITSELF = frozenset(
    """append extend insert remove pop popitem popleft appendleft clear update setdefault add discard sort
    reverse fill put resize step backward zero_grad train eval requires_grad_ load_state_dict
    register_buffer register_parameter register_module add_module add_param_group register_forward_hook
    register_forward_pre_hook apply set_state manual_seed seed""".split()
)
"""Methods that change what they are called on."""
SETTER = re.compile(r"(?:set|use|enable|disable|register)_|seterr|simplefilter|filterwarnings")
"""Begins functions of a module that change it."""
RESET_SWITCHES = frozenset(
    f"torch.backends.{name}"
    for name in ("cudnn.deterministic", "cudnn.benchmark", "cudnn.allow_tf32", "cuda.matmul.allow_tf32")
)
"""Switches that the probe sets at the beginning of every task."""

QUIET = frozenset(
    """print len range str int float sum min max sorted enumerate zip list tuple dict set abs round isinstance
    type repr display format""".split()
)
"""Functions that draw no random numbers."""
CLASS_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__"})


def is_harmless(module: str) -> bool:
    """Whether importing and using a module, given by its dotted name, leaves no trace outside names."""
    parts = module.split(".")
    return parts[0] in HARMLESS and not OUTWARD.intersection(parts) and "tensorboard" not in parts
