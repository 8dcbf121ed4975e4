# task: 1.4
# kind: fault
# says: two faults at once: 16 hidden nodes and SGD
# fails: parameter_count, fitted_values, predicts_next
# code: hidden_size, optimizer
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 16)
linr = torch.nn.Linear(16, 7)
optimizr = torch.optim.SGD(list(lstm.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    hidden, (hT, cT) = lstm(x, (torch.zeros(1, 16), torch.zeros(1, 16)))
    output = linr(hidden)
    loss = torch.nn.CrossEntropyLoss()(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
plt.matshow(torch.softmax(output, dim=1).data[-10:], cmap="bwr")
