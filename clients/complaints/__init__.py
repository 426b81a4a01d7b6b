"""投诉登记: received, owned, answered within its days, concluded with what was learnt; an open one mutes marketing."""
