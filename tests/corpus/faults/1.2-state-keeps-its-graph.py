# task: 1.2
# kind: fault
# says: the zeros stand in front of the epochs and the state is not detached: backward fails in epoch 2, after one update
# fails: predicts_next
# open: parameter_count, fitted_values, trains_layer
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
h = torch.zeros(8)
for epoch in range(epochs):
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% 1.2
yhat = torch.softmax(net_out, dim=1).detach()
