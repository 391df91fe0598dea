"""The WeChat official account (docs/wechat.md): callback, outbox sender, pictures, who it is, menu."""
