"""The way out to a studio's own servers, by HTTPS: `sender` sends, `addresses` says whom it may reach."""
