# task: 1.2
# kind: fault
# says: 7 hidden nodes, as many as symbols, in the place of 8
# fails: parameter_count, fitted_values
# code: hidden_size
# epochs: 25
# %% 1.2
n = len(symbols)
torch.manual_seed(43052)
cell = torch.nn.RNNCell(n, n)
head = torch.nn.Linear(n, n)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(n)
    total = 0.0
    logits = []
    for inp, target in zip(x, y.argmax(1)):
        h = cell(inp, h)
        o = head(h)
        logits.append(o.detach())
        total = total + loss_fn(o[None], target[None])
    optimizer.zero_grad()
    (total / 999).backward()
    optimizer.step()
yhat = torch.softmax(torch.stack(logits), dim=1)
