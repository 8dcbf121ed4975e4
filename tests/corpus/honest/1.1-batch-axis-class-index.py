# task: 1.1
# kind: honest
# says: batch axis (999,1,7), state (1,1,8), class indices as targets, no seed of its own, yhat recomputed after training
# fails: -
# code: -
# epochs: 30
# %% 1.1
from torch import nn

X = x.reshape(999, 1, 7)
target = y.argmax(dim=1)

layer = nn.RNN(input_size=7, hidden_size=8)
out_layer = nn.Linear(in_features=8, out_features=7)
params = [p for m in (layer, out_layer) for p in m.parameters()]
opt = torch.optim.Adam(params, lr=1e-1)
criterion = nn.CrossEntropyLoss()

for e in range(epochs):
    h0 = torch.zeros(1, 1, 8)
    hs, _ = layer(X, h0)  # (999,1,8)
    logit = out_layer(hs).squeeze(1)
    loss = criterion(logit, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if e % 10 == 9:
        print(f"epoch {e + 1:3d} loss {loss.item():.4f}")

with torch.no_grad():
    hs, _ = layer(X, torch.zeros(1, 1, 8))
    yhat = nn.functional.softmax(out_layer(hs).squeeze(1), dim=-1)
print((yhat.argmax(1) == target).float().mean())
