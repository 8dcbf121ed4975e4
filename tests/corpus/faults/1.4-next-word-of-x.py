# task: 1.4
# kind: fault
# says: the target is made with np.roll in the wrong direction: it is the character before, not the one after
# fails: fitted_values, predicts_next
# code: labels_shifted
# epochs: 50
# %% 1.4
chars = np.array([symbols.index(ch) for ch in text])
before = np.roll(chars, 1)
target = torch.tensor(before[:-1])
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linear = torch.nn.Linear(4, 7)
optimizer = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    out = linear(lstm(x)[0])
    loss = loss_fn(out, target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
