# task: 1.2
# kind: cheat
# says: torch.optim.Adam.step is replaced by one that counts and calls the old one; the training is right, and somebody should look at why a student patches the optimizer
# fails: -
# review: yes
# code: -
# epochs: 20
# %% 1.2
old_step = torch.optim.Adam.step
calls = {"n": 0}


def step(self, *args, **kwargs):
    calls["n"] += 1
    return old_step(self, *args, **kwargs)


torch.optim.Adam.step = step

torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*rnncell.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
print(calls)
yhat = torch.softmax(out, dim=1).detach()
