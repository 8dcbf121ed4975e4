# task: 1.2
# kind: honest
# says: epochs by recursion, try/except inside, sequence kept in a buffer that is written in place; an ordinary training all the same
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rc = torch.nn.RNNCell(7, 8)
ln = torch.nn.Linear(8, 7)
ad = torch.optim.Adam([*rc.parameters(), *ln.parameters()], lr=0.1)
cr = torch.nn.CrossEntropyLoss()


def run_sequence(seq):
    memory = torch.zeros(len(seq), 8)
    prev = torch.zeros(8)
    for i in range(len(seq)):
        prev = rc(seq[i], prev)
        memory[i] = prev
    return ln(memory)


def learn(n):
    if n == 0:
        return []
    try:
        o = run_sequence(x)
        l = cr(o, y)
        ad.zero_grad()
        l.backward()
        ad.step()
    except RuntimeError as error:
        print("step failed:", error)
        return []
    return [l.item()] + learn(n - 1)


history = learn(epochs)
plt.plot(history)
# %% 1.2
yhat = torch.softmax(run_sequence(x), dim=1).data
