# task: 1.2
# kind: fault
# says: the hidden states are detached before the output layer, so the cell, though in the optimizer, learns nothing
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: layer_not_trained
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    hidden = torch.zeros(999, 8)
    h = torch.zeros(8)
    for t, x_t in enumerate(x):
        h = cell(x_t, h)
        hidden[t] = h.data
    net_out = linear(hidden)
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
