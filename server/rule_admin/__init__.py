"""A store's own rulesets: drafts, what can be said against them, versions, and which of them is live when."""
