# task: 1.4
# kind: honest
# says: no seed at all, LogSoftmax module and NLLLoss, batch axis, param groups; the softmax taken from exp of the log-probabilities
# fails: -
# code: -
# epochs: 55
# %% 1.4
from torch import nn, optim

lstm = nn.LSTM(7, 4)
decoder = nn.Sequential(nn.Linear(4, 7), nn.LogSoftmax(dim=-1))
optimizer = optim.Adam([{"params": lstm.parameters()}, {"params": decoder.parameters(), "lr": 0.1}], lr=0.1)
nll = nn.NLLLoss()
seq = x.view(-1, 1, 7)
want = y.max(dim=1).indices
for it in range(epochs):
    optimizer.zero_grad()
    logprob = decoder(lstm(seq)[0]).view(-1, 7)
    loss = nll(logprob, want)
    loss.backward()
    optimizer.step()
yhat = torch.exp(logprob.data)
