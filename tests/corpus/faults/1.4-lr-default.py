# task: 1.4
# kind: fault
# says: the learning rate is forgotten, Adam takes 0.001
# fails: fitted_values, predicts_next
# code: learning_rate
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
out_fc = torch.nn.Linear(4, 7)
adam = torch.optim.Adam([{"params": lstm.parameters()}, {"params": out_fc.parameters()}])
for _ in range(epochs):
    water = (torch.zeros(1, 4), torch.zeros(1, 4))
    seq, water = lstm(x, water)
    logit = out_fc(seq)
    loss = torch.nn.functional.cross_entropy(logit, y)
    adam.zero_grad()
    loss.backward()
    adam.step()
yhat = logit.detach().softmax(dim=1)
