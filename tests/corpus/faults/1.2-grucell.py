# task: 1.2
# kind: fault
# says: GRUCell in the place of RNNCell
# fails: parameter_count, fitted_values, trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.GRUCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(net_out, dim=1).detach()
