"""How do people stay connected? Typed events over Socket.IO, guarded and documented like the endpoints of HTTP."""
