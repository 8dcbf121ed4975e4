# task: 1.5
# kind: fault
# says: RNNCell where LSTMCell was asked for, with 4 hidden nodes
# fails: parameter_count, fitted_values, trains_layer
# code: wrong_layer
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 4)
linear = torch.nn.Linear(4, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(4)
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
