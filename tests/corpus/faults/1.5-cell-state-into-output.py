# task: 1.5
# kind: fault
# says: the cell state c, not h, goes into the output layer
# fails: fitted_values
# code: -
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
cell = torch.nn.LSTMCell(7, 4)
linear = torch.nn.Linear(4, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    state = (torch.zeros(4), torch.zeros(4))
    outs = []
    for x_t in x:
        state = cell(x_t, state)
        outs.append(linear(state[1]))
    outs = torch.stack(outs)
    loss = loss_fn(outs, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(outs, dim=1).detach()
