# task: 1.2
# kind: fault
# says: RNNCell is called without the state, so every character starts from zeros
# fails: fitted_values, predicts_next
# code: state_reset
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
fc = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*cell.parameters(), *fc.parameters()], lr=0.1)
for epoch in range(epochs):
    outs = []
    for xt in x:
        outs.append(fc(cell(xt)))
    outs = torch.stack(outs)
    loss = loss_fn(outs, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(outs, dim=1).detach()
