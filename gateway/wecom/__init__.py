"""WeCom customer service (微信客服), the second channel behind the same interface (docs/wechat.md)."""
