"""Rules: loaded, proved, run shut-in, and turned into findings with an owner, an age and a reason."""
