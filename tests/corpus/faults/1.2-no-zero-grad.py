# task: 1.2
# kind: fault
# says: zero_grad was forgotten in a loop that sums the loss over time
# fails: fitted_values, predicts_next
# code: no_zero_grad
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
rc = torch.nn.RNNCell(7, 8)
ln = torch.nn.Linear(8, 7)
ce = torch.nn.CrossEntropyLoss(reduction="sum")
ad = torch.optim.Adam([*rc.parameters(), *ln.parameters()], lr=0.1)
for ep in range(epochs):
    h = torch.zeros(8)
    loss = 0
    rows = []
    for a, b in zip(x, y):
        h = rc(a, h)
        row = ln(h)
        rows.append(row)
        loss += ce(row, b)
    loss.backward()
    ad.step()
yhat = torch.stack(rows).softmax(1).detach()
