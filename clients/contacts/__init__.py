"""客户接触记录: who spoke with which client, when, how and what for. Appended, never changed."""
