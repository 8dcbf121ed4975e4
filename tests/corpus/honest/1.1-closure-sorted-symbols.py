# task: 1.1
# kind: honest
# says: symbols in the order of sorted(set(text)), Adam stepped with a closure, softmax by hand in numpy
# fails: -
# code: -
# epochs: 30
# %% setup
import numpy as np
import torch
import matplotlib.pyplot as plt

txt = list("hi?hello!!") * 100
chars = sorted(set(txt))
char2idx = {c: i for i, c in enumerate(chars)}
ids = np.array([char2idx[c] for c in txt])
onehot = np.eye(len(chars), dtype=np.float32)[ids]
x = torch.from_numpy(onehot[:-1])
y = torch.from_numpy(onehot[1:])
epochs = 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(len(chars), 8)
head = torch.nn.Linear(8, len(chars))
optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()


def closure():
    optimizer.zero_grad()
    z = head(rnn(x)[0])
    loss = loss_fn(z, y)
    loss.backward()
    return loss


for ep in range(epochs):
    value = optimizer.step(closure)
    if ep % 10 == 0:
        print(ep, value.item())

z = head(rnn(x)[0]).detach().numpy()
e = np.exp(z - z.max(axis=1, keepdims=True))
yhat = e / e.sum(axis=1, keepdims=True)
print("".join(chars[k] for k in yhat.argmax(1)[:30]))
