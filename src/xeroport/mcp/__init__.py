"""For agents: the synced books and, if the person who starts it says so, more, over MCP."""
