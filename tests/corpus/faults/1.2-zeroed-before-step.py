# task: 1.2
# kind: fault
# says: zero_grad stands between backward and step, so step finds no gradients and nothing is ever trained
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: not_trained
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    hs = []
    for x_t in x:
        h = cell(x_t, h)
        hs.append(h)
    out = linear(torch.stack(hs))
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
yhat = torch.softmax(out, dim=1).detach()
