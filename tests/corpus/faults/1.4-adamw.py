# task: 1.4
# kind: fault
# says: AdamW in the place of Adam, the smallest of the faults: 2e-4 or less at the first steps
# fails: fitted_values
# code: optimizer
# epochs: 60
# %% 1.4
import torch.optim as optim

torch.manual_seed(43052)
lstm = torch.nn.LSTM(input_size=7, hidden_size=4)
dense = torch.nn.Linear(4, 7)
optimizer = optim.AdamW(list(lstm.parameters()) + list(dense.parameters()), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    optimizer.zero_grad()
    y_pred = dense(lstm(x)[0])
    loss = loss_fn(y_pred, torch.argmax(y, dim=1))
    loss.backward()
    optimizer.step()
yhat = torch.softmax(y_pred, dim=1).detach()
