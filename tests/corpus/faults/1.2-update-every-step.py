# task: 1.2
# kind: fault
# says: the parameters are updated after every character, with the state detached, not once an epoch
# fails: fitted_values
# open: predicts_next
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(2):  # 999 updates each, that is enough
    h = torch.zeros(8)
    rows = []
    for x_t, y_t in zip(x, y):
        h = cell(x_t, h.detach())
        o = linear(h)
        loss = loss_fn(o, y_t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rows.append(o.detach())
yhat = torch.softmax(torch.stack(rows), dim=1)
