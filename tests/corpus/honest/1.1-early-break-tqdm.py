# task: 1.1
# kind: honest
# says: tqdm around the loop, stops early once 20 epochs are done and every letter is right; training fewer epochs is no fault
# fails: -
# code: -
# epochs: 40
# %% 1.1
from tqdm.auto import tqdm

torch.manual_seed(43052)
rnn, lin = torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)
opt = torch.optim.Adam(list(rnn.parameters()) + list(lin.parameters()), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
answer = y.argmax(1)
bar = tqdm(range(epochs))
for ep in bar:
    out = lin(rnn(x, torch.zeros(1, 8))[0])
    loss = loss_fn(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    acc = (out.argmax(1) == answer).float().mean().item()
    bar.set_description(f"loss={loss.item():.3f} acc={acc:.3f}")
    if ep + 1 >= 20 and acc == 1.0:
        print("early stop at", ep + 1)
        break
yhat = torch.softmax(out, 1).data
