# task: 1.1
# kind: fault
# says: plain SGD with learning rate 0.1; a network of the right shape that has learnt nothing after 30 epochs
# fails: fitted_values, predicts_next
# code: optimizer
# epochs: 30
# %% 1.1
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(43052)
recurrent = nn.RNN(7, 8)
readout = nn.Linear(8, 7)
params = [p for m in (recurrent, readout) for p in m.parameters()]
optimizer = optim.SGD(params, lr=0.1)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(1, epochs + 1):
    optimizer.zero_grad()
    states, last_state = recurrent(x, torch.zeros(1, 8))
    logits = readout(states)
    loss = loss_fn(logits, y)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch}: {loss.item():.4f}")
yhat = nn.Softmax(dim=1)(logits).detach()
