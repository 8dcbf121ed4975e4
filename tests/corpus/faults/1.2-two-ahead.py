# task: 1.2
# kind: fault
# says: x and y are built anew and y is shifted by two: the network learns the character after the next one
# fails: fitted_values, predicts_next
# code: labels_shifted
# epochs: 25
# %% 1.2
xx = one_hot[:-2]
yy = one_hot[2:]
print(xx.shape, yy.shape)
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(list(cell.parameters()) + list(linear.parameters()), lr=0.1)
for i in range(epochs):
    h = torch.zeros(8)
    hs = []
    for v in xx:
        h = cell(v, h)
        hs.append(h)
    out = linear(torch.stack(hs))
    loss = loss_fn(out, yy)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
