"""The one frozen configuration: what can be set, where it is set, and what is wrong with it. Only doors read it."""
