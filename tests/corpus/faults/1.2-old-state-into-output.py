# task: 1.2
# kind: fault
# says: the output layer is given the state from before the cell has read the character (append, then update)
# fails: fitted_values
# code: -
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        hidden.append(h)
        h = cell(x_t, h)
    net_out = linear(torch.stack(hidden))
    loss = torch.nn.functional.cross_entropy(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
