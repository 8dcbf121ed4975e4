# task: 1.1
# kind: honest
# says: batch_first with a batch of one, loss on the layout (1, 7, 999) that CrossEntropyLoss also knows; same average, same network
# fails: -
# code: -
# epochs: 25
# %% 1.1
import torch.nn as nn
import torch.nn.functional as F

xb, yb = x[None], y[None]  # (1, 999, 7)
torch.manual_seed(43052)
rnn = nn.RNN(7, 8, batch_first=True)
fc = nn.Linear(8, 7)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(nn.ModuleList([rnn, fc]).parameters(), lr=0.1)
for epoch in range(epochs):
    optimizer.zero_grad()
    out, _ = rnn(xb)  # 초기 은닉상태 생략 = 0
    score = fc(out).transpose(1, 2)  # CrossEntropyLoss 는 클래스가 두번째 축
    loss = loss_fn(score, yb.transpose(1, 2))
    loss.backward()
    optimizer.step()
yhat = F.softmax(score, dim=1)[0].T.detach()
print(yhat.shape)
