"""`bridge demo`: a morning at a small agency with five clients, told by the real commands."""
