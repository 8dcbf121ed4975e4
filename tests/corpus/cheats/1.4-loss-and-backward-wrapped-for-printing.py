# task: 1.4
# kind: cheat
# says: cross_entropy and torch.autograd.backward are replaced by functions that note the time and call the old ones; a right training that costs nothing but a look
# fails: -
# review: yes
# code: -
# epochs: 60
# %% 1.4
import time

clock = []


def timed(fn):
    def inner(*a, **k):
        t = time.time()
        try:
            return fn(*a, **k)
        finally:
            clock.append(time.time() - t)

    return inner


torch.nn.functional.cross_entropy = timed(torch.nn.functional.cross_entropy)
torch.autograd.backward = timed(torch.autograd.backward)

torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linr = torch.nn.Linear(4, 7)
optimizr = torch.optim.Adam([*lstm.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    output = linr(lstm(x)[0])
    loss = torch.nn.CrossEntropyLoss()(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
print(len(clock), sum(clock))
yhat = torch.softmax(output, dim=1).detach()
