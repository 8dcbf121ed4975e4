# task: 1.2
# kind: fault
# says: gradients are clipped to 0.05 in norm, which Adam's sums of earlier gradients do not forgive
# fails: fitted_values
# code: -
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
params = [*cell.parameters(), *linear.parameters()]
optimizer = torch.optim.Adam(params, lr=0.1)
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
    torch.nn.utils.clip_grad_norm_(params, max_norm=0.05)  # gradient exploding 방지
    optimizer.step()
yhat = torch.softmax(net_out, dim=1).detach()
