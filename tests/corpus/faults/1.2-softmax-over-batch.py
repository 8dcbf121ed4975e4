# task: 1.2
# kind: fault
# says: with a batch dimension of 1 in the middle, softmax(dim=1) runs over the batch: yhat is 1 everywhere
# fails: fitted_values
# code: softmax_axis
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
xb = x.unsqueeze(1)  # (999, 1, 7)
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    hidden = []
    for x_t in xb:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))  # (999, 1, 7)
    loss = loss_fn(net_out.squeeze(1), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).squeeze(1).detach()
yhat
