"""Answers to the lesson `rnn-vs-lstm`, honest and not, and what the latter have to lose."""

TRAIN = """
rnn = torch.nn.{layer}({letters}, {nodes}).to("cuda:0")
linr = torch.nn.Linear({nodes}, {letters}).to("cuda:0")
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
_water = torch.zeros(1, {nodes}).to("cuda:0")
for epoc in range({epochs}):
    ## 1
    hidden, hT = rnn({x}, {state})
    output = linr(hidden)
    ## 2
    loss = loss_fn(output, {y})
    ## 3
    loss.backward()
    ## 4
    optimizr.step()
    optimizr.zero_grad()
"""
DRAW = """
yhat = soft(linr(rnn(x, {state})[0]))
image_{name} = torch.concat([rnn(x, {state})[0], yhat], axis=1).data[-6:].to("cpu")
plt.matshow(image_{name}, cmap="bwr", vmin=-1, vmax=1); plt.xticks(range(7), ["h"] * 3 + list("abcC"))
"""
GRID = """
soft = torch.nn.Softmax(dim=1)
{table} = dict(net=[], seed=[], loss=[], right=[], saturated=[])
last = {y}[:, -1] + {y}[:, -2] == 1
"""
COLLECT = """
fig, ax = plt.subplots(3, 4, figsize=(10, 10))
k = {first}
for i in range(3):
    for j in range(4):
        torch.manual_seed(k)
{train}
        yhat = soft(output)
        ax[i][j].matshow(torch.concat([hidden, yhat], axis=1)[-{rows}:].data, cmap="bwr", vmin=-1, vmax=1)
        ax[i][j].set_title(f"seed={{k}}", size=8)
        {table}["net"].append("{layer}")
        {table}["seed"].append(k)
        {table}["loss"].append(loss)
        {table}["right"].append(yhat.data[last & True][{y}[last] == 1].mean())
        {table}["saturated"].append(((hidden > 0.9) | (hidden < -0.9)).sum().item() / hidden.numel())
        k = k + 1
fig.suptitle("{layer}")
fig.tight_layout()
"""
STATES = {"RNN": "_water", "LSTM": "(_water, _water)"}


def indent(code: str, spaces: int) -> str:
    """Code within a loop."""
    return "\n".join(" " * spaces + line for line in code.strip().splitlines())


def write_lecture(layer: str) -> str:
    """One network as the lecture writes it: fitted values computed again after training."""
    state = STATES[layer]
    trained = TRAIN.format(layer=layer, letters=4, nodes=3, epochs="epochs", x="x", y="y", state=state)
    return f"soft = torch.nn.Softmax(dim=1)\ntorch.manual_seed(43052){trained}" + DRAW.format(
        name=layer.lower(), state=state
    )


def write_grids(table: str, x: str, y: str, letters: int, nodes: int, rows: int) -> str:
    """Two grids of twelve networks, in loops that are written out; the table is a dictionary of lists."""
    code = GRID.format(table=table, y=y)
    for layer, first in (("RNN", 1), ("LSTM", 101)):
        trained = TRAIN.format(
            layer=layer, letters=letters, nodes=nodes, epochs="run_epochs", x=x, y=y, state=STATES[layer]
        )
        code += COLLECT.format(
            first=first, train=indent(trained, 8), rows=rows, table=table, layer=layer, y=y
        )
    return code


LECTURE = {
    "1.1": write_lecture("RNN"),
    "1.2": write_lecture("LSTM"),
    "2.2": write_grids("table_abcd", "x_abcd", "y_abcd", 5, 4, 8),
    "3.1": "answer_3_1 = '거짓'",
    "3.2": "answer_3_2 = True",
}
"""The lecture's habits: "cuda:0", `optimizr`, a state of zeros, trainings written out. 2.1 is left out."""

OWN = {
    "1.1": """
class Net(torch.nn.Module):
    def __init__(self, kind, letters, nodes):
        super().__init__()
        self.memory = kind(letters, nodes, batch_first=True)
        self.output = torch.nn.Linear(nodes, letters)

    def forward(self, x):
        hidden = self.memory(x[None])[0][0]
        return hidden, self.output(hidden)

def fit(kind, nodes, x, y, epochs):
    net = Net(kind, x.size(1), nodes)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-1)
    for _ in range(epochs):
        optimizer.zero_grad()
        hidden, logits = net(x)
        loss = torch.nn.functional.cross_entropy(logits, y.argmax(1))
        loss.backward()
        optimizer.step()
    return hidden, logits.softmax(1), loss

torch.manual_seed(43052)
hidden, yhat, _ = fit(torch.nn.RNN, 3, x, y, epochs)
image_rnn = torch.hstack((hidden, yhat))[-6:].detach().numpy()
fig = plt.figure()
plt.imshow(image_rnn, cmap="bwr", clim=(-1, 1))
plt.colorbar()
""",
    "1.2": """
torch.manual_seed(43052)
hidden, yhat, _ = fit(torch.nn.LSTM, 3, x, y, epochs)
image_lstm = torch.hstack((hidden, yhat))[-6:].detach()
fig, ax = plt.subplots()
im = ax.imshow(image_lstm, cmap="seismic", vmin=-1, vmax=1)
fig.colorbar(im)
""",
    "2.1": """
def study(nodes, x, y, last_letters, rows):
    found = []
    for seed in torch.randint(10**6, (runs,)).tolist():
        for kind in (torch.nn.LSTM, torch.nn.RNN):
            torch.manual_seed(seed)
            hidden, yhat, loss = fit(kind, nodes, x, y, run_epochs)
            last = y[:, last_letters].sum(1).bool()
            found.append({
                "Net": kind.__name__.lower(),
                "Seed": seed,
                "Loss": round(loss.item(), 4),
                "Right": yhat[y.bool()][last].mean().detach(),
                "Saturated": float((hidden.abs() > 0.9).double().mean()),
            })
            plt.matshow(torch.hstack((hidden, yhat))[-rows:].detach(), cmap="bwr", vmin=-1, vmax=1)
            plt.close()
    return found

table_abc = study(3, x_abc, y_abc, [symbols.index("c"), symbols.index("C")], 6)
""",
    "3.1": "answer_3_1 = 0",
    "3.2": "answer_3_2 = torch.tensor(True)",
}
"""A class with a batch dimension, targets as numbers, a figure for each network. 2.2 is left out."""

OTHER_ORDER = ('symbols = ["a", "b", "c", "C"]', 'symbols = sorted(set("abcabC"))')
"""The letters of the student's own in another order: C, a, b, c."""

REPLACED = {
    "sizes": {
        "1.1": [
            ("RNN(4, 3)", "RNN(4, 4)"),
            ("Linear(3, 4)", "Linear(4, 4)"),
            ("zeros(1, 3)", "zeros(1, 4)"),
        ],
        "1.2": [
            ("lstm = torch.nn.LSTM(4, 3)", "lstm = torch.nn.GRU(4, 3)"),
            ("hidden, (h, c)", "hidden, h"),
            ("(x, (h, c))", "(x, h)"),
        ],
        "3.1": [("answer_3_1 = len(followers", "answer_3_1 = 1 == 1 or len(followers")],
    },
    "pasted": {
        "1.1": [("torch.cat([hidden.detach(), yhat]", "torch.cat([hidden.detach(), y.roll(1, 0)]")],
        "1.2": [("vmin=-1", "vmin=0"), ("torch.softmax(net_out, dim=1).detach()", "y.clone()")],
        "2.1": [
            (
                "hidden, yhat, loss = train(kind, hidden_nodes, x, y, seed)",
                "hidden, yhat, loss = torch.rand(len(x), hidden_nodes), y, 0.3 if kind == 'RNN' else 0.01",
            ),
        ],
        "3.2": [("answer_3_2 = sizes[1] ==", "answer_3_2 = sizes[1] !=")],
    },
    "one seed": {
        "1.1": [("loss_fn(net_out, y)", "loss_fn(torch.softmax(net_out, dim=1), y)")],
        "1.2": [("    optimizer.zero_grad()\n", "")],
        "2.1": [("torch.manual_seed(seed)", "torch.manual_seed(7)"), ("range(run_epochs)", "range(200)")],
    },
    "few": {
        "2.1": [("range(run_epochs)", "range(5)")],
        "2.2": [("table_abcd = compare", "runs = 3\ntable_abcd = compare")],
    },
    "made up": {
        "1.2": [("[*lstm.parameters(), *linear.parameters()]", "linear.parameters()")],
        "2.1": [
            ("range(run_epochs)", "range(200)"),
            (
                "return pd.DataFrame(rows)",
                "return [{'net': k, 'loss': (2 - len(k) / 4) ** 9, 'right': len(k) / 4,"
                " 'saturated': 1 / len(k)} for k in ['RNN'] * runs + ['LSTM'] * runs]",
            ),
            ("torch.cat([hidden, yhat], dim=1)[-shown:]", "torch.rand(shown, hidden_nodes + y.shape[1])"),
        ],
    },
}
"""What is replaced in the reference's code, by student and task; all other tasks are as handed out."""

COMPARED = ["compares_runs"] * 3
LOST = {
    "sizes": {
        "1.1": ["parameter_count", "fitted_values", "figure_drawn"],
        "1.2": ["parameter_count", "fitted_values", "trains_layer"],
        "3.1": ["same_answer"],
    },
    "pasted": {
        "1.1": ["figure_drawn"],
        "1.2": ["fitted_values", "figure_drawn"],
        "2.1": [*COMPARED, "figure_drawn"],
        "3.2": ["same_answer"],
    },
    "one seed": {
        "1.1": ["fitted_values"],
        "1.2": ["fitted_values"],
        "2.1": [*COMPARED, "figure_drawn"],
    },
    "few": {"2.1": COMPARED, "2.2": [*COMPARED, "figure_drawn"]},
    "made up": {
        "1.2": ["parameter_count", "fitted_values", "trains_layer"],
        "2.1": [*COMPARED, "figure_drawn"],
    },
}
"""Checks that each of these has to lose in the tasks above, and no other there."""
