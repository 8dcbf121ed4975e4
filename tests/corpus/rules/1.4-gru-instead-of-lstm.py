# task: 1.4
# kind: rule
# says: a GRU of four nodes is trained where the task names LSTM: another layer, size and fit
# fails: parameter_count, fitted_values, trains_layer
# open: predicts_next
# code: wrong_layer
# epochs: 60
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.GRU(7, 4)
linr = torch.nn.Linear(4, 7)
optimizr = torch.optim.Adam([*lstm.parameters(), *linr.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    water, _ = lstm(x)
    output = linr(water)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).detach()
