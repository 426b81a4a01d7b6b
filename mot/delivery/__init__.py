"""发送: what is to be told to whom by which channel, once; claimed by lease, sent, and filed with every attempt."""
