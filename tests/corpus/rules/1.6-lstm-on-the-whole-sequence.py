# task: 1.6
# kind: rule
# says: no class and no gates: torch.nn.LSTM is trained once more
# fails: avoids_layers
# code: wrong_layer
# epochs: 50
# %% 1.6
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linr = torch.nn.Linear(4, 7)
optimizr = torch.optim.Adam([*lstm.parameters(), *linr.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    hidden, (hT, cT) = lstm(x, (torch.zeros(1, 4), torch.zeros(1, 4)))
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).detach()
