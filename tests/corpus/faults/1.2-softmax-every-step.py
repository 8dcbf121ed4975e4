# task: 1.2
# kind: fault
# says: softmax is taken at every time step and its result goes into CrossEntropyLoss
# fails: fitted_values, predicts_next
# code: softmax_before_loss
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    yhat = []
    h = torch.zeros(8)
    for x_t in x:
        h = cell(x_t, h)
        yhat.append(torch.softmax(linear(h), dim=0))
    yhat = torch.stack(yhat)
    loss = loss_fn(yhat, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = yhat.detach()
