# task: 1.1
# kind: fault
# says: a GRU in the place of the RNN: three times the recurrent parameters, other values, right predictions
# fails: parameter_count, fitted_values, trains_layer
# code: wrong_layer
# epochs: 30
# %% 1.1
from torch import nn, optim

torch.manual_seed(43052)
gru = nn.GRU(7, 8)
fc = nn.Linear(8, 7)
optimizer = optim.Adam(list(gru.parameters()) + list(fc.parameters()), lr=0.1)
for epoch in range(epochs):
    out, h_n = gru(x, torch.zeros(1, 8))
    score = fc(out)
    loss = nn.CrossEntropyLoss()(score, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = score.softmax(1).detach()
