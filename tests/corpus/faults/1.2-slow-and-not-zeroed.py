# task: 1.2
# kind: fault
# says: two faults at once: learning rate 0.01 and gradients that are never set back
# fails: fitted_values, predicts_next
# code: learning_rate, no_zero_grad
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.01)
for epoch in range(epochs):
    h_t = torch.zeros(8)
    outputs = []
    for t in range(len(x)):
        h_t = rnncell(x[t], h_t)
        outputs.append(linr(h_t))
    loss = criterion(torch.stack(outputs), y)
    loss.backward()
    optimizer.step()
yhat = torch.softmax(torch.stack(outputs), dim=1).detach()
