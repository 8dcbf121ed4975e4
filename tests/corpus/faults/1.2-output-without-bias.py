# task: 1.2
# kind: fault
# says: the output layer has no bias: 192 parameters in the place of 199
# fails: parameter_count, fitted_values
# code: bias_missing
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
W = torch.nn.Linear(8, 7, bias=False)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*cell.parameters(), *W.parameters()], lr=0.1)
for epoch in range(epochs):
    h, hidden = torch.zeros(8), []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = W(torch.vstack(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
