"""Names that claims may use: they mean the same to whoever decides a claim as to the notebook."""

PLAIN_BUILTINS = frozenset(
    """abs all any bool complex dict divmod enumerate float frozenset int isinstance len list max min pow
    range repr reversed round set slice sorted str sum tuple type zip bytes True False None""".split()
)
"""Functions of Python's own that look at values and at nothing else."""

METHODS = frozenset(
    """shape ndim sum mean min max prod all any item tolist ravel flatten keys values items get count index
    lower upper title strip lstrip rstrip split startswith endswith isdigit isalpha join replace union
    intersection difference issubset issuperset is_integer real imag""".split()
)
"""What may be asked of a value that a claim has at hand; tensors are arrays there."""

_ARRAYS = """allclose isclose abs all any sum mean max min prod sqrt exp log round argmax argmin isnan
    isfinite array_equal sort unique"""
_TYPES = "bool int8 int16 int32 int64 uint8 float16 float32 float64"


def _spell(root: str, names: str) -> frozenset[str]:
    return frozenset(f"{root}.{name}" for name in names.split())


LIBRARY: dict[str, frozenset[str]] = {
    "numpy": _spell(
        "numpy",
        f"""{_ARRAYS} {_TYPES} array asarray zeros ones full full_like arange linspace eye absolute
        round concatenate linalg.norm pi e inf nan ndarray integer floating number bool_
        testing.assert_allclose testing.assert_almost_equal testing.assert_array_equal
        testing.assert_array_almost_equal testing.assert_equal""",
    ),
    "torch": _spell(
        "torch",
        f"""{_ARRAYS.replace(" array_equal sort unique", "")} {_TYPES} equal tensor zeros ones full arange eye
        Tensor Size float long int double half pi inf nan linalg.norm norm testing.assert_close""",
    ),
    "math": _spell("math", "isclose sqrt exp log pi e inf nan floor ceil fabs isnan isfinite factorial"),
    "pytest": _spell("pytest", "raises"),
    "nose": _spell(
        "nose.tools",
        """assert_equal assert_equals eq_ ok_ assert_true assert_false assert_almost_equal assert_not_equal
        assert_is_none assert_is_not_none assert_in assert_not_in assert_greater assert_greater_equal
        assert_less assert_less_equal assert_is_instance
        assert_raises""",
    ),
}
"""Full names, by the first part of each."""

SAME_CALLS = frozenset(
    f"torch.{name}"
    for name in """allclose isclose equal tensor zeros ones full arange eye norm linalg.norm
    testing.assert_close Size""".split()
)
"""Functions of torch's that take the same arguments as numpy's."""

RAISING = frozenset({"nose.tools.assert_raises", "pytest.raises"})
"""Contexts in which an exception has to be raised; as plain calls they are not known here."""
