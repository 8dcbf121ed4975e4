# task: 1.1
# kind: fault
# says: x and y are exchanged, so the network reads the next character and guesses the one before it
# fails: fitted_values, predicts_next
# code: labels_shifted
# epochs: 30
# %% 1.1
inputs = one_hot[1:]
targets = one_hot[:-1]

torch.manual_seed(43052)
net = torch.nn.ModuleDict({"rnn": torch.nn.RNN(7, 8), "out": torch.nn.Linear(8, 7)})
opt = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    logits = net["out"](net["rnn"](inputs)[0])
    loss = torch.nn.functional.cross_entropy(logits, targets)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(logits, 1).detach()
